// The resources at a glance: state, reason, revisions, pods, and what can be done with each.
import { ask, BUSY, copy, find, kindOf, node, post, refill, say, since, SYMBOLS } from "./dom.js";

const FIX = /^; |; (?=fix |save |see |it is |\.\/dev )/;
const drawn = new Map(); // name → {text, element}
const pressed = new Map(); // name → what was asked for, until it has ended

export const verb = (row) => (row.kind === "k8s" ? "rebuild" : row.kind === "tiltfile" ? "" : "run");

export async function press(row) {
  if (!row || !verb(row)) return;
  if (row.asks && !(await ask(row.asks))) return say(`${row.name}: nothing was done`);
  const problem = await post("trigger", { name: row.name, ...(row.asks ? { confirmed: "yes" } : {}) });
  if (problem) return say(`${row.name}: ${problem}`, "error");
  pressed.set(row.name, verb(row));
  say(row.kind === "k8s" ? `${row.name}: rebuild asked for` : `${row.name}: started`);
}

async function restart(row, pod) {
  const problem = await post("restart", { name: row.name, pod });
  say(problem ? `${row.name}: ${problem}` : `${row.name}: pod ${pod} is deleted, its workload makes a new one`, problem && "error");
}

// Says how it ended, when a button of this page began it.
export function ended(update) {
  if (!pressed.has(update.resource)) return;
  pressed.delete(update.resource);
  if (update.error) say(`${update.resource} failed: ${update.error}`, "error");
  else say(`${update.resource}: ${update.action === "local" ? "finished" : `${update.action} served`} after ${update.seconds.toFixed(1)} s`, "ok");
}

function badge(row) {
  const kind = kindOf(row.status);
  return node("span", { className: `badge ${kind}` }, node("span", { "aria-hidden": "true" }, `${SYMBOLS[kind] ?? "○"} `), row.status);
}

function revisions(row) {
  if (!row.revision && !row.here) return "";
  if (row.revision === row.here || !row.here) return node("p", { className: "facts" }, "serves ", node("code", {}, row.revision), row.here ? " = the files here" : "");
  return node("p", { className: "facts differs" }, "serves ", node("code", {}, row.revision || "nothing yet"), ", files here ", node("code", {}, row.here));
}

function podFacts(row) {
  if (!row.pods.length) return "";
  const ready = row.pods.filter((pod) => pod.state === "ready").length;
  const restarts = row.pods.reduce((sum, pod) => sum + pod.restarts, 0);
  return node("p", { className: `facts${ready < row.pods.length ? " differs" : ""}` },
    `${ready} of ${row.pods.length} ${row.pods.length === 1 ? "pod" : "pods"} ready · ${restarts} ${restarts === 1 ? "restart" : "restarts"}`);
}

function forwards(row) {
  return row.forwards.map((forward) => node("p", { className: `facts${forward.problem ? " differs" : ""}` },
    forward.problem ? `✗ ${forward.problem}` : `✓ localhost:${forward.local} → port ${forward.container}`));
}

function pods(row) {
  return row.pods.map((pod) => node("li", {},
    node("code", {}, pod.name), ` ${pod.state} · ${pod.restarts} ${pod.restarts === 1 ? "restart" : "restarts"} · since `,
    since(Date.parse(pod.since) / 1000 || Date.now() / 1000), pod.last ? ` · before: ${pod.last}` : "", " ",
    node("button", { type: "button", className: "small", "aria-label": `Restart pod ${pod.name}`, data: { focus: `restart ${pod.name}` }, onclick: () => restart(row, pod.name) }, "Restart")));
}

function more(row) {
  const parts = [];
  if (row.needs.length) parts.push(node("p", { className: "facts" }, `first start waits for ${row.needs.join(", ")}`));
  parts.push(...forwards(row));
  if (row.pods.length) parts.push(node("ul", { className: "pods" }, ...pods(row)));
  if (row.shell) parts.push(node("p", { className: "facts shell" }, node("code", {}, row.shell), " ",
    node("button", { type: "button", className: "small", data: { focus: `shell ${row.name}` }, onclick: () => copy(row.shell, `the command of a shell in ${row.name}`) }, "Copy shell")));
  return parts;
}

function card(row, chosen, select) {
  const kind = kindOf(row.status);
  const open = row.name === chosen;
  const name = node("button", { type: "button", className: "name", "aria-expanded": String(open), data: { focus: `name ${row.name}`, resource: row.name }, title: "Show only this resource's log, and more about it", onclick: () => select(row.name) }, row.name);
  const links = row.links.map((link) => node("a", { href: /^https?:/.test(link.url) ? link.url : "#", target: "_blank", rel: "noopener noreferrer", data: { focus: `link ${link.url}` } }, `${link.name || link.url} ↗`));
  const button = verb(row) && node("button", { type: "button", className: "small", "aria-label": `${verb(row)} ${row.name}`, data: { focus: `press ${row.name}` }, disabled: row.status === "running", onclick: () => press(row) }, verb(row) === "rebuild" ? "Rebuild" : "Run");
  return node("li", { className: `card ${kind}`, data: { name: row.name }, ...(open ? { "aria-current": "true" } : {}) },
    node("div", { className: "head" }, badge(row), name, node("span", { className: "soft small" }, since(row.since)), node("span", { className: "spread" }), ...links, button),
    row.about && row.status === "idle" ? node("p", { className: "facts" }, row.about) : row.detail && node("p", { className: "reason" }, row.detail),
    row.note && !open && node("p", { className: "facts differs" }, row.note),
    revisions(row), podFacts(row), ...(open ? more(row) : []));
}

export function show(rows, chosen, select) {
  const groups = new Map();
  for (const row of rows) {
    const label = row.labels[0] ?? "";
    groups.set(label, [...(groups.get(label) ?? []), row]);
  }
  const names = new Set(rows.map((row) => row.name));
  for (const name of drawn.keys()) if (!names.has(name)) drawn.delete(name);
  const order = rows.map((row) => `${row.labels[0]}/${row.name}`).join("\n");
  const fresh = new Map();
  for (const row of rows) {
    const text = JSON.stringify(row) + (row.name === chosen);
    if (drawn.get(row.name)?.text !== text) {
      drawn.set(row.name, { text, element: card(row, chosen, select), before: drawn.get(row.name)?.element });
      fresh.set(row.name, drawn.get(row.name));
    }
  }
  const home = find("resources");
  if (rows.length && home.dataset.order === order) {
    for (const { element, before } of fresh.values()) swap(before, element);
    return;
  }
  home.dataset.order = order;
  if (!rows.length) return home.replaceChildren(node("p", { className: "soft" }, "The loop has no resources yet: it reads the Tiltfile first."));
  refill(home, ...[...groups].map(([label, members]) => node("section", { className: "group", "aria-label": label || "loop" },
    node("h3", {}, label || "loop"), node("ul", {}, ...members.map((row) => drawn.get(row.name).element)))));
}

function swap(before, element) {
  const focus = before.contains(document.activeElement) && document.activeElement.dataset.focus;
  before.replaceWith(element);
  if (focus) element.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
}

// The newest error, with the place that it names.
export function showFailure(rows, select) {
  const failed = rows.filter((row) => row.status === "error").sort((a, b) => b.since - a.since);
  find("failure").hidden = !failed.length;
  const text = JSON.stringify(failed.map((row) => [row.name, row.detail, row.place]));
  const home = find("failure-body");
  if (home.dataset.text === text) return;
  home.dataset.text = text;
  if (!failed.length) return home.replaceChildren();
  const [newest, ...others] = failed;
  const at = newest.detail.search(FIX);
  const [what, fix] = at > 0 ? [newest.detail.slice(0, at), newest.detail.slice(at + 2)] : [newest.detail, ""];
  const { place } = newest;
  refill(home,
    node("p", { className: "reason" }, node("strong", {}, newest.name), `: ${what}`),
    place && node("figure", { className: "place" }, node("figcaption", {}, node("code", {}, `${place.file}:${place.line}`), " ",
      node("button", { type: "button", className: "small", data: { focus: "copy place" }, onclick: () => copy(`${place.file}:${place.line}`, "the place") }, "Copy")),
      node("pre", { tabindex: "0", "aria-label": `${place.file} around line ${place.line}` }, ...place.lines.map(([number, line]) =>
        node("div", { className: number === place.line ? "here" : "" }, node("span", { className: "number" }, String(number)), line || " ")))),
    node("p", { className: "bar" }, fix && node("span", { className: "soft" }, `${fix[0].toUpperCase()}${fix.slice(1)}`),
      node("button", { type: "button", className: "small", data: { focus: "failure log" }, onclick: () => select(newest.name, true) }, `Log of ${newest.name}`)),
    others.length ? node("ul", { className: "others" }, ...others.map((row) => node("li", {}, node("strong", {}, row.name), `: ${row.detail}`))) : "");
}

export function summary(rows) {
  const failed = rows.filter((row) => row.status === "error").length;
  const busy = rows.filter((row) => BUSY.has(row.status)).length;
  const kind = failed ? "error" : busy ? "busy" : rows.length ? "ok" : "idle";
  const text = failed ? `${failed} failed${busy ? `, ${busy} in progress` : ""}` : busy ? `${busy} in progress` : rows.length ? "all green" : "no resources yet";
  return { kind, text };
}
