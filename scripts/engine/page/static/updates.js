// What each save took: by service with percentiles and a plot, and one by one as bars of stages.
import { clock, find, node, refill, seconds, svg } from "./dom.js";

const KEPT = 300;
const SHOWN = 60;
const STAGES = ["detect", "wait", "build", "apply", "rollout", "sync", "run", "reload", "served"];
const MEANING = { detect: "notice and compare", sync: "send the files", reload: "until every pod has loaded them", served: "until its URL answers with them" };
const IN_PLACE = new Set(["sync", "run"]);
let updates = [];
let due = false;

export function add(fresh) {
  updates = [...updates, ...fresh].slice(-KEPT);
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    show();
  });
}

export function clear() {
  updates = [];
  show();
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function plot(edits) {
  const latest = edits.slice(-40);
  const most = Math.max(...latest.map((update) => update.seconds));
  const [width, height] = [160, 36];
  const step = width / Math.max(latest.length, 12);
  return svg("svg", { class: "plot", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `the last ${latest.length} edits, at most ${seconds(most)}` },
    ...latest.map((update, index) => {
      const tall = Math.max(2, (update.seconds / most) * (height - 2));
      return svg("rect", { x: index * step, y: height - tall, width: Math.max(1.5, step - 1.5), height: tall, rx: 1 });
    }));
}

function service(name, own, edits, rebuilds, failed) {
  const times = edits.map((update) => update.seconds);
  const middle = times.length ? percentile(times, 0.5) : 0;
  const last = rebuilds.at(-1);
  return node("li", { className: "service" },
    node("h3", {}, name),
    times.length ? node("p", {}, node("b", {}, seconds(middle)), " p50 · ", node("b", {}, seconds(percentile(times, 0.95))), ` p95 · ${times.length} ${times.length === 1 ? "edit" : "edits"}`)
      : node("p", { className: "soft" }, "no edit in place yet"),
    times.length ? plot(edits) : "",
    last && node("p", { className: "small soft" }, `last ${last.action}: ${seconds(last.seconds)}${middle ? `, as long as ${Math.max(1, Math.round(last.seconds / middle))} edits` : ""}, because ${last.why}`),
    failed ? node("p", { className: "small error" }, `${failed} failed`) : "");
}

function bar(update, most) {
  const stages = Object.entries(update.stages);
  const total = stages.reduce((sum, [, took]) => sum + took, 0) || 1;
  const element = node("div", { className: "stages", "aria-hidden": "true" });
  element.style.width = `${Math.max(4, Math.min(100, (update.seconds / most) * 100))}%`;
  for (const [name, took] of stages) {
    const part = node("span", { className: `stage s-${STAGES.includes(name) ? name : "other"}`, title: `${name} ${seconds(took)}` });
    part.style.flexGrow = String(took / total);
    element.append(part);
  }
  return element;
}

function entry(update, most) {
  const why = update.error ? node("span", { className: "error" }, update.error) : update.why;
  const stages = Object.entries(update.stages);
  return node("li", { className: "update" },
    node("p", { className: "head" }, node("span", { className: "soft" }, clock(update.time)), node("strong", {}, update.resource),
      node("span", { className: `tag${update.error ? " error" : ""}` }, update.error ? `${update.action} failed` : update.action),
      node("span", { className: "spread" }), node("b", {}, seconds(update.seconds))),
    bar(update, most),
    node("p", { className: "small" }, why, stages.length ? node("span", { className: "soft" }, ` · ${stages.map(([name, took]) => `${name} ${seconds(took)}`).join(" · ")}`) : ""));
}

function show() {
  const by = Map.groupBy(updates, (update) => update.resource);
  const found = [...by].map(([name, own]) => {
    const good = own.filter((update) => !update.error);
    const edits = good.filter((update) => IN_PLACE.has(update.action));
    const times = edits.map((update) => update.seconds);
    return { name, own, edits, rebuilds: good.filter((update) => update.action === "rebuild" || update.action === "deploy"), failed: own.length - good.length, slow: times.length ? percentile(times, 0.95) : -1 };
  }).filter(({ edits, rebuilds }) => edits.length || rebuilds.length).sort((a, b) => b.slow - a.slow);
  refill(find("services"), found.length ? node("ul", {}, ...found.map(({ name, own, edits, rebuilds, failed }) => service(name, own, edits, rebuilds, failed)))
    : node("p", { className: "soft" }, "Nothing was updated yet. Save a file, and its way to the cluster appears here."));
  const latest = updates.slice(-SHOWN).reverse();
  const used = STAGES.filter((name) => latest.some((update) => name in update.stages));
  refill(find("legend"), ...used.map((name) => node("span", { className: "key" }, node("i", { className: `stage s-${name}` }), MEANING[name] ? `${name}: ${MEANING[name]}` : name)));
  const longest = (group) => Math.max(0.001, ...latest.filter((update) => IN_PLACE.has(update.action) === group).map((update) => update.seconds));
  const most = { true: longest(true), false: longest(false) };
  find("updates").hidden = !latest.length;
  refill(find("updates"), node("ul", {}, ...latest.map((update) => entry(update, most[IN_PLACE.has(update.action)]))));
}
