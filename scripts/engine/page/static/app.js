// Shows the state and the log of the loop, received as server-sent events.
const find = (id) => document.getElementById(id);
const KEPT = 5000;
const BUSY = ["waiting", "building", "deploying", "updating", "running"];
let lines = [];
let chosen = "";
let last = 0;

function node(tag, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

async function press(name, button) {
  button.disabled = true;
  const answer = await fetch(`/api/trigger?name=${encodeURIComponent(name)}`, { method: "POST", headers: { "X-Todo-Stack": "page" } });
  if (!answer.ok) alert((await answer.json()).error);
  button.disabled = false;
}

function row(resource) {
  const kind = BUSY.includes(resource.status) ? "busy" : resource.status;
  const symbol = { ok: "●", error: "✗", busy: "◐", idle: "○" }[kind] ?? "○";
  const name = node("button", { className: "name", type: "button", textContent: resource.name, title: "show the log of this resource" });
  name.onclick = () => choose(resource.name);
  const links = node("span", { className: "links" }, ...resource.links.map((link) =>
    node("a", { href: link.url, textContent: link.name || link.url, target: "_blank", rel: "noopener" })));
  const button = node("button", { type: "button", textContent: resource.kind === "local" ? "run" : "rebuild", ariaLabel: `${resource.kind === "local" ? "run" : "rebuild"} ${resource.name}` });
  button.onclick = () => press(resource.name, button);
  button.hidden = resource.kind === "tiltfile";
  const detail = [resource.status, resource.detail, resource.revision && `revision ${resource.revision}`, resource.note].filter(Boolean).join(" · ");
  const element = node("div", { className: "row" }, node("span", { className: kind, textContent: symbol, ariaHidden: "true" }), name, links, button,
    node("span", { className: "detail", textContent: detail }));
  element.setAttribute("aria-current", String(resource.name === chosen));
  return element;
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(2);
}

function showState(state) {
  const groups = Map.groupBy(state.resources, (resource) => resource.labels[0] ?? "");
  find("resources").replaceChildren(...[...groups].flatMap(([label, members]) =>
    [node("div", { className: "group", textContent: label }), ...members.map(row)]));
  const failed = state.resources.filter((resource) => resource.status === "error").length;
  const busy = state.resources.filter((resource) => BUSY.includes(resource.status)).length;
  find("summary").textContent = failed ? `${failed} failed` : busy ? `${busy} in progress` : "all green";
  document.title = `${failed ? "✗" : busy ? "…" : "✓"} todo-stack`;
  const synced = state.updates.filter((update) => !update.error && ["sync", "run"].includes(update.action)).map((update) => update.seconds);
  find("percentiles").textContent = synced.length ? `edit to served: p50 ${percentile(synced, 0.5)} s, p95 ${percentile(synced, 0.95)} s, ${synced.length} updates` : "";
  find("updates").replaceChildren(...state.updates.slice(0, 50).map((update) => node("tr", {},
    node("td", { textContent: new Date(update.time * 1000).toLocaleTimeString() }),
    node("td", { textContent: update.resource }),
    node("td", { textContent: update.action }),
    node("td", { textContent: update.error || update.why, className: update.error ? "error" : "" }),
    node("td", { textContent: update.seconds.toFixed(2) }),
    node("td", { textContent: Object.entries(update.stages).map(([stage, seconds]) => `${stage} ${Math.round(seconds * 1000)}`).join(" · ") }))));
}

function visible(line) {
  const words = find("filter").value.toLowerCase();
  return (!chosen || line.resource === chosen) && (find("builds").checked || !line.text.startsWith("build | "))
    && (!words || line.text.toLowerCase().includes(words));
}

function render(line) {
  return node("div", {}, node("b", { textContent: `${line.resource} │ ` }), line.text);
}

function showLines(fresh) {
  const log = find("log");
  log.append(...fresh.filter(visible).map(render));
  while (log.childElementCount > KEPT) log.firstChild.remove();
  if (find("follow").checked) log.scrollTop = log.scrollHeight;
}

function redraw() {
  find("log").replaceChildren();
  find("log-of").textContent = chosen ? `of ${chosen}` : "of all resources";
  showLines(lines);
}

function choose(name) {
  chosen = name === chosen ? "" : name;
  for (const element of document.querySelectorAll(".row")) {
    element.setAttribute("aria-current", String(element.querySelector(".name").textContent === chosen));
  }
  redraw();
}

function connect() {
  const events = new EventSource(`/api/events?after=${last}`);
  events.addEventListener("state", (event) => showState(JSON.parse(event.data)));
  events.addEventListener("logs", (event) => {
    const fresh = JSON.parse(event.data);
    last = fresh.at(-1)?.number ?? last;
    lines = [...lines, ...fresh].slice(-KEPT);
    showLines(fresh);
  });
  events.onerror = () => {
    events.close();
    find("summary").textContent = "no answer from the loop; is ./dev up still running?";
    setTimeout(connect, 2000);
  };
}

find("filter").oninput = redraw;
find("builds").onchange = redraw;
find("all").onclick = () => choose("");
connect();
