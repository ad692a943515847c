// Connects to the loop, keeps what it tells, and hands it to the parts of the page.
import { find, node, say, tick } from "./dom.js";
import * as graph from "./graph.js";
import * as log from "./log.js";
import * as rows from "./rows.js";
import * as updates from "./updates.js";

const SILENCE_MS = 40000; // the loop says something every 15 s
const AGAIN_MS = 2000;
const COLOURS = { ok: "#1a7f37", error: "#cf222e", busy: "#9a6700", idle: "#57606a" };
const KEYS = [
  ["/", "filter the log", () => find("filter").focus()],
  ["j", "next resource", () => move(1)],
  ["k", "resource before", () => move(-1)],
  ["r", "rebuild or run the chosen resource", () => press()],
  ["e", "next error in the log", () => log.jump(1)],
  ["E", "error before", () => log.jump(-1)],
  ["f", "follow the log, or stop", () => find("follow").click()],
  ["w", "wrap long lines", () => find("wrap").click()],
  ["Escape", "show the whole log", () => log.reset()],
  ["?", "show these keys", () => find("keys").showModal()],
];
const state = new Map();
let order = [];
let run = "";
let line = 0;
let update = 0;
let failures = 0;
let connected = false;
let source;
let watchdog = 0;
let paused = false; // newer tabs follow the loop: a browser has few connections to one server

const all = () => order.map((name) => state.get(name)).filter(Boolean);

function show() {
  const found = all();
  rows.show(found, log.chosen(), select);
  rows.showFailure(found, select);
  graph.show(found);
  log.names(found.map((row) => row.name));
  if (!connected) return;
  const { kind, text } = rows.summary(found);
  if (find("summary").textContent !== text) find("summary").textContent = text;
  find("summary").className = kind;
  document.title = `${{ ok: "✓", error: "✗", busy: "…", idle: "○" }[kind]} ${text} · todo-stack`;
  document.querySelector("link[rel=icon]").href = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${COLOURS[kind]}"/></svg>`)}`;
}

function select(name, stay = false) {
  log.choose(name === log.chosen() && !stay ? "" : name);
}

function shownNames() {
  return [...document.querySelectorAll("#resources [data-resource]")].map((element) => element.dataset.resource);
}

function move(step) {
  const names = shownNames();
  if (!names.length) return;
  const now = names.indexOf(log.chosen());
  const name = names[now < 0 ? (step > 0 ? 0 : names.length - 1) : (now + step + names.length) % names.length];
  log.choose(name);
  document.querySelector(`[data-resource="${CSS.escape(name)}"]`).focus();
}

function press() {
  const row = state.get(log.chosen());
  if (!row) return say("Choose a resource first: j and k");
  if (!rows.verb(row)) return say(`${row.name} has nothing to run`);
  rows.press(row);
}

function lost() {
  source.close();
  clearTimeout(watchdog);
  failures += 1;
  connected = false;
  find("summary").textContent = "not connected";
  find("summary").className = "idle";
  document.title = "○ not connected · todo-stack";
  find("link").hidden = false;
  find("link").textContent = `The loop does not answer; is ./dev up still running? Tried ${failures} ${failures === 1 ? "time" : "times"}, again every ${AGAIN_MS / 1000} s.`;
  setTimeout(connect, AGAIN_MS);
}

function pause() {
  source.close();
  clearTimeout(watchdog);
  paused = true;
  connected = false;
  find("summary").textContent = "paused";
  find("summary").className = "idle";
  document.title = "○ paused · todo-stack";
  find("link").hidden = false;
  find("link").textContent = "Newer tabs follow the loop. This one goes on once you look at it.";
}

function resume() {
  if (!paused || document.hidden) return;
  paused = false;
  connect();
}

function heard() {
  clearTimeout(watchdog);
  watchdog = setTimeout(lost, SILENCE_MS);
}

function connect() {
  source = new EventSource(`/api/events?${new URLSearchParams({ tab: 1, after: line, updated: update, ...(run ? { run } : {}) })}`);
  const on = (name, take) => source.addEventListener(name, (event) => {
    heard();
    take(JSON.parse(event.data));
  });
  on("hello", (hello) => {
    if (run && run !== hello.run) {
      [line, update] = [0, 0];
      state.clear();
      log.clear();
      updates.clear();
      say("Another run of the loop: its log begins here");
    } else if (failures) say("Connected again");
    run = hello.run;
    failures = 0;
    connected = true;
    find("link").hidden = true;
  });
  on("rows", (told) => {
    order = told.names;
    for (const name of state.keys()) if (!order.includes(name)) state.delete(name);
    for (const row of told.rows) state.set(row.name, row);
    show();
  });
  on("updates", (fresh) => {
    for (const each of fresh) rows.ended(each);
    update = fresh.at(-1)?.number ?? update;
    updates.add(fresh);
  });
  on("logs", (fresh) => {
    line = fresh.at(-1)?.number ?? line;
    log.add(fresh);
  });
  on("beat", () => {});
  source.addEventListener("elsewhere", pause);
  source.onerror = lost;
  heard();
}

function theme(next) {
  const chosen = ["light", "dark"].includes(next) ? next : "";
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  find("theme").textContent = `Theme: ${chosen || "system"}`;
  try {
    localStorage.setItem("theme", chosen);
  } catch {
    say("This browser stores nothing: the theme lasts until the page is closed");
  }
}

function stored() {
  try {
    return localStorage.getItem("theme") ?? "";
  } catch {
    return "";
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input[type=search], select, textarea");
  if (typing && event.key === "Escape") return event.target.blur();
  if (typing) return;
  const found = KEYS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
});

find("help").onclick = () => find("keys").showModal();
find("theme").onclick = () => theme({ "": "light", light: "dark", dark: "" }[document.documentElement.dataset.theme ?? ""]);
find("keys-list").append(...KEYS.flatMap(([key, what]) => [node("dt", {}, node("kbd", {}, key)), node("dd", {}, what)]));
document.addEventListener("chosen", show);
document.addEventListener("visibilitychange", resume);
addEventListener("focus", resume);
theme(stored());
log.start();
updates.clear();
setInterval(tick, 5000);
connect();
