// Keeps 50,000 lines and shows those that match, of which only the visible ones are elements.
import { copy, find, node, precise, say } from "./dom.js";
import { render } from "./ansi.js";

const KEPT = 50000;
const SPARE = 2500; // so many more, before the oldest go all at once
const BEYOND = 12; // rows drawn outside the visible part
const LEVELS = { "": 0, debug: 1, info: 2, warning: 3, error: 4 };
const count = new Intl.NumberFormat("en");
const BUILD = /^build \| /;

const box = find("log");
const room = find("room");
const list = find("lines");
const phone = matchMedia("(max-width: 30rem)");
let lines = [];
let shown = 0; // lines
let items = []; // shown: {line} or {fold}
let tops = [0]; // rows above each item, and after the last
let folds = new Map(); // resource → the build whose lines are coming
const before = new Map(); // resource → the level of its last line
let marked = 0;
let wanted = 0; // the line of the link that the page was opened by
let filter = { text: "", regex: false, resource: "", level: "", pattern: null };
let options = { follow: true, wrap: false, times: true };
let rowHeight = 20;
let nameWidth = 11;
let columns = 80;
let drawing = false;
let lastTop = 0;

export function add(fresh) {
  for (const line of fresh) {
    if (BUILD.test(line.text)) {
      line.fold = folds.get(line.resource) ?? { resource: line.resource, number: line.number, time: line.time, count: 0, open: false };
      folds.set(line.resource, line.fold);
      line.fold.count += 1;
      line.fold.last = line.text.slice(8);
    } else folds.delete(line.resource);
    // Of the lines of one traceback only the first is gone to.
    line.begins = line.level === "error" && before.get(line.resource) !== "error";
    before.set(line.resource, line.level);
    lines.push(line);
  }
  if (lines.length > KEPT + SPARE) {
    lines = lines.slice(-KEPT);
    refilter();
  } else {
    for (const line of fresh) show(line);
    draw();
  }
  if (wanted && fresh.some((line) => line.number >= wanted)) goTo(wanted);
}

export function clear() {
  lines = [];
  folds = new Map();
  before.clear();
  refilter();
}

function matches(line) {
  if (filter.resource && line.resource !== filter.resource) return false;
  if (filter.level && LEVELS[line.level ?? ""] < LEVELS[filter.level]) return false;
  if (!filter.pattern) return true;
  filter.pattern.lastIndex = 0;
  return filter.pattern.test(line.text);
}

function show(line) {
  if (!matches(line)) return;
  if (line.fold && !filter.pattern && !filter.level) {
    if (line.fold.item !== items.epoch) {
      line.fold.item = items.epoch;
      push({ fold: line.fold });
    }
    if (!line.fold.open) return;
  }
  push({ line });
}

function push(item) {
  items.push(item);
  if (item.line) shown += 1;
  tops.push(tops.at(-1) + rowsOf(item));
}

const rowsOf = (item) => (options.wrap && item.line ? Math.max(1, Math.ceil(item.line.text.length / columns)) : 1);

export function refilter() {
  const anchor = options.follow ? null : items[firstVisible()]?.line?.number;
  items = [];
  items.epoch = {};
  shown = 0;
  tops = [0];
  for (const line of lines) show(line);
  if (anchor) box.scrollTop = tops[indexOf(anchor)] * rowHeight;
  draw();
}

function measure() {
  const probe = node("span", { className: "probe" }, "0".repeat(50));
  list.append(probe);
  const size = probe.getBoundingClientRect();
  probe.remove();
  rowHeight = parseFloat(getComputedStyle(box).lineHeight) || size.height;
  const beside = (options.times && !phone.matches ? 14 : 1) + nameWidth + 2; // in characters
  columns = Math.max(20, Math.floor(box.clientWidth / (size.width / 50)) - beside);
}

function firstVisible(top = box.scrollTop) {
  const row = Math.floor(top / rowHeight);
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle + 1] <= row) low = middle + 1;
    else high = middle;
  }
  return low;
}

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const height = tops.at(-1) * rowHeight;
    room.style.height = `${height}px`;
    const end = Math.max(0, height - box.clientHeight);
    const first = Math.max(0, firstVisible(options.follow ? end : Math.min(box.scrollTop, end)) - BEYOND);
    const last = Math.min(items.length, first + Math.ceil(box.clientHeight / rowHeight) + 2 * BEYOND);
    list.style.transform = `translateY(${tops[first] * rowHeight}px)`;
    const focused = document.activeElement?.dataset?.number;
    room.dataset.empty = lines.length ? "No line matches. Escape shows all of them." : "No lines yet.";
    list.replaceChildren(...items.slice(first, last).map(element));
    if (focused) list.querySelector(`[data-number="${focused}"]`)?.focus({ preventScroll: true });
    if (options.follow) box.scrollTop = box.scrollHeight;
    const text = filtering() ? `${count.format(shown)} of ${count.format(lines.length)} lines` : `${count.format(lines.length)} lines`;
    if (find("log-count").textContent !== text) find("log-count").textContent = text;
  });
}

const filtering = () => filter.pattern || filter.resource || filter.level;

function element(item) {
  if (item.fold) {
    const { fold } = item;
    const button = node("button", { type: "button", "aria-expanded": String(fold.open), data: { number: `f${fold.number}` } },
      `${fold.open ? "▾" : "▸"} build: ${fold.count} ${fold.count === 1 ? "line" : "lines"}${fold.open ? "" : ` · ${fold.last.slice(0, 80)}`}`);
    button.onclick = () => {
      fold.open = !fold.open;
      find("follow").checked = options.follow = options.follow && !fold.open;
      refilter();
    };
    return node("div", { className: "line fold" }, ...gutter(fold), button);
  }
  const { line } = item;
  return node("div", { className: `line ${line.level ?? ""}${line.number === marked ? " marked" : ""}` }, ...gutter(line, true),
    node("span", { className: "text" }, ...render(line, filter.pattern)));
}

function gutter(line, linked = false) {
  const name = node("span", { className: "of", title: line.resource }, line.resource);
  if (!options.times) return [name];
  const time = linked ? node("a", { className: "at", href: `#line=${line.number}`, title: "Link to this line", tabindex: "-1", data: { number: line.number } }, precise(line.time))
    : node("span", { className: "at" }, precise(line.time));
  if (linked) time.onclick = (event) => {
    event.preventDefault();
    mark(line.number);
    copy(location.href, `a link to line ${line.number}`);
  };
  return [time, name];
}

const indexOf = (number) => {
  const found = items.findIndex((item) => item.line && item.line.number >= number);
  return found < 0 ? items.length - 1 : found;
};

function mark(number) {
  marked = number;
  remember();
  draw();
}

export function goTo(number) {
  wanted = 0;
  find("follow").checked = options.follow = false;
  const line = lines.find((each) => each.number === number);
  if (line?.fold && !line.fold.open) {
    line.fold.open = true;
    refilter();
  }
  marked = number;
  room.style.height = `${tops.at(-1) * rowHeight}px`;
  box.scrollTop = Math.max(0, tops[indexOf(number)] * rowHeight - box.clientHeight / 3);
  remember();
  draw();
}

export function jump(step) {
  const start = marked ? indexOf(marked) : firstVisible() - (step > 0 ? 1 : 0);
  for (let index = start + step; index >= 0 && index < items.length; index += step) {
    if (items[index].line?.begins) return goTo(items[index].line.number);
  }
  say(step > 0 ? "No later error in the lines that are shown" : "No earlier error in the lines that are shown");
}

const linesOf = (number) => `${count.format(number)} ${number === 1 ? "line" : "lines"}`;
const shownText = () => items.filter((item) => item.line).map(({ line }) => `${precise(line.time)} ${line.resource} | ${line.text}`).join("\n");

// The choice is kept in the address, so that it survives a reload and can be sent to somebody.
function remember() {
  const parts = new URLSearchParams();
  if (filter.resource) parts.set("resource", filter.resource);
  if (filter.level) parts.set("level", filter.level);
  if (filter.text) parts.set("text", filter.text);
  if (filter.regex) parts.set("regex", "1");
  if (marked) parts.set("line", marked);
  history.replaceState(null, "", `${location.pathname}${parts.size ? `#${parts}` : ""}`);
}

export function chosen() {
  return filter.resource;
}

export function choose(resource) {
  const select = find("resource");
  if (resource && ![...select.options].some((option) => option.value === resource)) select.add(new Option(resource, resource));
  select.value = resource;
  take();
}

export function reset() {
  for (const id of ["filter", "resource", "level"]) find(id).value = "";
  find("regex").checked = false;
  take();
}

export function names(all) {
  const select = find("resource");
  const options = ["", ...all];
  if ([...select.options].map((option) => option.value).join("\n") === options.join("\n")) return;
  const value = filter.resource;
  nameWidth = Math.min(18, Math.max(8, ...all.map((name) => name.length)) + 1);
  box.style.setProperty("--of", `${nameWidth}ch`);
  select.replaceChildren(...options.map((name) => node("option", { value: name }, name || "all")));
  if (value && !all.includes(value)) select.add(new Option(value, value));
  select.value = value;
  optionsChanged();
}

function take() {
  const text = find("filter").value;
  const regex = find("regex").checked;
  let problem = "";
  let pattern;
  try {
    const source = regex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    pattern = text ? new RegExp(source, "gi") : null;
  } catch (error) {
    problem = `${error.message.replace(/^Invalid regular expression: /, "Not a regular expression: ")}`;
    pattern = filter.pattern;
  }
  find("filter-problem").textContent = problem;
  find("filter").setAttribute("aria-invalid", String(Boolean(problem)));
  const resource = find("resource").value;
  filter = { text, regex, resource, level: find("level").value, pattern };
  remember();
  refilter();
  document.dispatchEvent(new Event("chosen"));
}

function optionsChanged() {
  options = { follow: find("follow").checked, wrap: find("wrap").checked, times: find("times").checked };
  box.classList.toggle("wrap", options.wrap);
  box.classList.toggle("timeless", !options.times);
  measure();
  refilter();
}

export function start() {
  const parts = new URLSearchParams(location.hash.slice(1));
  find("filter").value = parts.get("text") ?? "";
  find("regex").checked = parts.has("regex");
  find("level").value = parts.get("level") ?? "";
  const resource = parts.get("resource") ?? "";
  if (resource) find("resource").add(new Option(resource, resource));
  find("resource").value = resource;
  wanted = marked = Number(parts.get("line")) || 0;
  for (const id of ["regex", "resource", "level"]) find(id).onchange = take;
  find("filter").oninput = take;
  for (const id of ["follow", "wrap", "times"]) find(id).onchange = optionsChanged;
  find("tools").onsubmit = (event) => event.preventDefault();
  find("next").onclick = () => jump(1);
  find("previous").onclick = () => jump(-1);
  find("copy").onclick = () => copy(shownText(), linesOf(shown));
  find("download").onclick = () => {
    const url = URL.createObjectURL(new Blob([`${shownText()}\n`], { type: "text/plain" }));
    node("a", { href: url, download: `${filter.resource || "todo-stack"}.log` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    say(`Saved ${linesOf(shown)}`);
  };
  box.addEventListener("scroll", () => {
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - rowHeight * 2;
    if (options.follow && !atEnd && box.scrollTop < lastTop) find("follow").checked = options.follow = false; // by hand
    lastTop = box.scrollTop;
    draw();
  }, { passive: true });
  addEventListener("hashchange", () => {
    const number = Number(new URLSearchParams(location.hash.slice(1)).get("line"));
    if (number) goTo(number);
  });
  find("wrap").checked = phone.matches;
  new ResizeObserver(optionsChanged).observe(box);
  optionsChanged();
  take();
}
