// The text of a line with its colours and highlights, as nodes. Any colour becomes one of eight that both themes can show.
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[([0-9;]*)m`, "g");

// [{text, style}] of a text with SGR sequences; style is a list of classes.
export function spans(text) {
  const found = [];
  let style = { colour: "", bold: false, dim: false, italic: false, underline: false };
  let from = 0;
  for (const match of text.matchAll(COLOUR)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index), style: classes(style) });
    from = match.index + match[0].length;
    style = apply(style, match[1].split(";").map(Number));
  }
  if (from < text.length) found.push({ text: text.slice(from), style: classes(style) });
  return found;
}

function apply(before, codes) {
  const style = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index];
    if (code === 0) Object.assign(style, { colour: "", bold: false, dim: false, italic: false, underline: false });
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code >= 30 && code <= 37) style.colour = NAMES[code - 30];
    else if (code >= 90 && code <= 97) style.colour = NAMES[code - 90];
    else if (code === 39) style.colour = "";
    else if (code === 38 || code === 48) {
      const name = codes[index + 1] === 5 ? indexed(codes[index + 2]) : nearest(codes.slice(index + 2, index + 5));
      if (code === 38) style.colour = name;
      index += codes[index + 1] === 5 ? 2 : 4;
    }
  }
  return style;
}

function indexed(number = 7) {
  if (number < 16) return NAMES[number % 8];
  if (number > 231) return number < 244 ? "black" : "white";
  const cube = number - 16;
  return nearest([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((part) => part * 51));
}

function nearest([red = 0, green = 0, blue = 0]) {
  const limit = Math.max(red, green, blue) / 2;
  return NAMES[(red > limit ? 1 : 0) + (green > limit ? 2 : 0) + (blue > limit ? 4 : 0)];
}

const classes = (style) => [style.colour && `c-${style.colour}`, style.bold && "c-bold", style.dim && "c-dim", style.italic && "c-italic", style.underline && "c-underline"].filter(Boolean).join(" ");

// Nodes for a line: `pattern` (a global RegExp or null) is highlighted, across changes of colour.
export function render(line, pattern) {
  const ranges = [];
  if (pattern) pattern.lastIndex = 0;
  if (pattern) for (const match of line.text.matchAll(pattern)) if (match[0]) ranges.push([match.index, match.index + match[0].length]);
  const nodes = [];
  let at = 0;
  for (const part of line.colours ? spans(line.colours) : [{ text: line.text, style: "" }]) {
    let from = 0;
    while (from < part.text.length) {
      const range = ranges.find(([, end]) => end > at + from);
      const inside = range && range[0] <= at + from;
      const end = !range ? part.text.length : Math.min(part.text.length, (inside ? range[1] : range[0]) - at);
      const text = part.text.slice(from, end);
      if (!inside && !part.style) nodes.push(text);
      else {
        const element = document.createElement(inside ? "mark" : "span");
        element.className = part.style;
        element.textContent = text;
        nodes.push(element);
      }
      from = end;
    }
    at += part.text.length;
  }
  return nodes;
}
