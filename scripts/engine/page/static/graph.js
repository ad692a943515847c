// What waits for what: boxes in layers, and a line down from each resource to those that wait for it.
import { find, kindOf, svg, SYMBOLS } from "./dom.js";

const [WIDTH, HEIGHT, GAP, LAYER] = [114, 30, 10, 62];

export function show(rows) {
  const known = new Map(rows.map((row) => [row.name, row]));
  const needed = new Set(rows.flatMap((row) => row.needs));
  const drawn = rows.filter((row) => row.needs.length || needed.has(row.name));
  find("order").hidden = !drawn.length;
  const home = find("graph");
  const text = JSON.stringify(drawn.map((row) => [row.name, row.needs, kindOf(row.status)]));
  if (!drawn.length || home.dataset.text === text) return;
  home.dataset.text = text;
  const depths = new Map();
  const depth = (name, above = []) => {
    if (!depths.has(name)) {
      const needs = (known.get(name)?.needs ?? []).filter((other) => known.has(other) && !above.includes(other));
      depths.set(name, needs.length ? 1 + Math.max(...needs.map((other) => depth(other, [...above, name]))) : 0);
    }
    return depths.get(name);
  };
  const layers = [];
  for (const row of drawn) (layers[depth(row.name)] ??= []).push(row.name);
  const widest = Math.max(0, ...layers.map((layer) => layer.length));
  const places = new Map();
  layers.forEach((layer, y) => layer.forEach((name, x) =>
    places.set(name, [(x + (widest - layer.length) / 2) * (WIDTH + GAP) + 1, y * LAYER + 1])));
  const [width, height] = [widest * (WIDTH + GAP) - GAP + 2, layers.length * LAYER - (LAYER - HEIGHT) + 2];
  const lines = [];
  const words = [];
  for (const row of drawn) {
    const held = row.needs.filter((name) => known.has(name) && known.get(name).status !== "ok");
    if (held.length && row.status === "waiting") words.push(`${row.name} waits for ${held.join(" and ")}`);
    for (const name of row.needs.filter((other) => places.has(other))) {
      const [[fromX, fromY], [toX, toY]] = [places.get(name), places.get(row.name)];
      const [x, y, end, bottom] = [fromX + WIDTH / 2, fromY + HEIGHT, toX + WIDTH / 2, toY];
      const bend = (bottom - y) / 2;
      const holds = held.includes(name) && row.status === "waiting";
      lines.push(svg("path", { class: holds ? "holds" : "", d: `M${x} ${y}C${x} ${y + bend} ${end} ${bottom - bend} ${end} ${bottom}` }));
    }
  }
  const boxes = drawn.map((row) => {
    const [x, y] = places.get(row.name);
    const kind = kindOf(row.status);
    const name = row.name.length > 12 ? `${row.name.slice(0, 11)}…` : row.name;
    const label = svg("text", { x: x + 10, y: y + HEIGHT / 2 + 4.5 });
    label.textContent = `${SYMBOLS[kind] ?? "○"} ${name}`;
    return svg("g", { class: kind }, svg("rect", { x, y, width: WIDTH, height: HEIGHT, rx: 6 }), label);
  });
  home.replaceChildren(svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...lines, ...boxes));
  home.firstChild.style.minWidth = `${width * 0.85}px`;
  const order = drawn.filter((row) => row.needs.length).map((row) => `${row.name} after ${row.needs.join(", ")}`).join("; ");
  find("graph-words").textContent = words.length ? `${words.join("; ")}.` : `First starts: ${order}. Nothing waits now.`;
}
