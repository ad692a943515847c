// Small helpers: elements, words for times, requests. Text goes in as text nodes only, never as HTML.
export const find = (id) => document.getElementById(id);
export const BUSY = new Set(["waiting", "building", "deploying", "updating", "running"]);
export const kindOf = (status) => (BUSY.has(status) ? (status === "waiting" ? "waiting" : "busy") : status);
const ANSWER_MS = 20000;
export const SYMBOLS = { ok: "✓", error: "✗", busy: "◐", waiting: "…", idle: "○" };

export function node(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.filter(isShown));
  return element;
}

const isShown = (child) => child !== "" && child != null && child !== false;

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on") || name === "className" || name === "textContent" || name === "hidden" || name === "disabled") element[name] = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
}

// Replaces the children of an element without losing the focus of one that is there again (same data-focus).
export function refill(element, ...children) {
  const focus = element.contains(document.activeElement) && document.activeElement.dataset.focus;
  element.replaceChildren(...children.filter(isShown));
  if (focus) element.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
}

export const seconds = (value) => (value < 0.0995 ? `${Math.round(value * 1000)} ms` : value < 9.95 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`);
export const clock = (time) => new Date(time * 1000).toLocaleTimeString("en-GB");
const stamp = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
export const precise = (time) => stamp.format(time * 1000);

export function ago(time) {
  const past = Math.max(0, Date.now() / 1000 - time);
  if (past < 60) return `${Math.floor(past)} s`;
  if (past < 3600) return `${Math.floor(past / 60)} min`;
  return past < 86400 ? `${Math.floor(past / 3600)} h ${Math.floor((past % 3600) / 60)} min` : `${Math.floor(past / 86400)} d`;
}

export const since = (time) => node("time", { data: { since: time }, title: new Date(time * 1000).toLocaleString("en-GB"), textContent: ago(time) });

export function tick() {
  for (const element of document.querySelectorAll("time[data-since]")) {
    const text = ago(Number(element.dataset.since));
    if (element.textContent !== text) element.textContent = text;
  }
}

let hiding = 0;
export function say(text, kind = "") {
  find("said").replaceChildren(node("p", { className: kind }, text));
  clearTimeout(hiding);
  hiding = setTimeout(() => find("said").replaceChildren(), kind === "error" ? 15000 : 6000);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}`);
  } catch {
    say(`This browser does not let the page copy; ${what}: ${text.slice(0, 200)}`, "error");
  }
}

// Returns what went wrong, "" for nothing.
export async function post(path, parameters) {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(`/api/${path}?${new URLSearchParams(parameters)}`, { method: "POST", headers: { "X-Todo-Stack": "page" }, signal });
    return answer.ok ? "" : (await answer.json()).error;
  } catch {
    return "the loop does not answer; is ./dev up still running?";
  }
}

export function ask(question) {
  const dialog = find("question");
  find("question-text").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
