// The plots: curves of the best score against budget, and the score of every trial.
const data = JSON.parse(document.getElementById("data").textContent);
const at = Object.fromEntries(data.columns.map((column, i) => [column.key, i]));
const element = (id) => document.getElementById(id);
const hidden = new Set();

const MARKS = {
  "o": "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", "s": "M-3.7,-3.7h7.4v7.4h-7.4z", "^": "M0,-4.6L4.4,3.6H-4.4z",
  "v": "M0,4.6L4.4,-3.6H-4.4z", "D": "M0,-5L5,0L0,5L-5,0z", "P": "M-1.6,-4.6h3.2v3h3v3.2h-3v3h-3.2v-3h-3v-3.2h3z",
  "X": "M-4.5,-2.2l2.3,-2.3L0,-2.2l2.2,-2.3l2.3,2.3L2.2,0l2.3,2.2l-2.3,2.3L0,2.2l-2.2,2.3l-2.3,-2.3L-2.2,0z",
  "*": "M0,-5.5L1.4,-1.7L5.3,-1.6L2.2,0.8L3.3,4.6L0,2.4L-3.3,4.6L-2.2,0.8L-5.3,-1.6L-1.4,-1.7z",
  "h": "M0,-5L4.3,-2.5V2.5L0,5L-4.3,2.5V-2.5z", "<": "M-4.6,0L3.6,-4.4V4.4z", ">": "M4.6,0L-3.6,-4.4V4.4z",
  "x": "M-4,-4L4,4M-4,4L4,-4",
};

function make(parent, name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function shown(value) {
  if (value === null || value === undefined) return "-";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 0.01 && Math.abs(value) < 1e5 ? String(+value.toFixed(value < 1 ? 4 : 2)) : value.toExponential(2);
}

function describe(row) {
  const lines = [];
  data.columns.forEach((column, i) => {
    if (row[i] !== null && row[i] !== "") lines.push(`${column.name}: ${shown(row[i])}`);
  });
  return lines.join("\n");
}

// An axis: where a value goes, and its ticks.
function axis(values, from, to, log) {
  let low = Math.min(...values), high = Math.max(...values);
  if (!values.length) [low, high] = [0, 1];
  if (log && low <= 0) log = false;
  const scale = log ? Math.log10 : (v) => v;
  let [a, b] = [scale(low), scale(high)];
  const room = (b - a) * 0.05 || (log ? 0.1 : Math.abs(a) * 0.1 || 1);
  [a, b] = [a - room, b + room];
  const place = (v) => from + ((scale(v) - a) / (b - a)) * (to - from);
  const ticks = [];
  if (log) {
    const steps = b - a > 3 ? [1] : [1, 2, 5];
    for (let e = Math.floor(a); e <= Math.ceil(b); e++) for (const m of steps) ticks.push(m * 10 ** e);
  } else {
    const raw = (b - a) / 6, unit = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= raw);
    for (let i = Math.ceil(a / step); i * step <= b; i++) ticks.push(+(i * step).toPrecision(12));
  }
  return { place, ticks: ticks.filter((t) => scale(t) >= a && scale(t) <= b) };
}

const extremes = (values) => values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
const decades = ([a, b]) => a > 0 && b / a > 10;

// Draws series [{name, points: [{x, y, text, mark}], line, band}]; y null is drawn at the upper edge.
function draw(box, series, { label, xLabel, yLabel, xLog, xTicks }) {
  box.replaceChildren();
  const width = Math.max(300, box.clientWidth), height = Math.round(Math.max(300, Math.min(440, width * 0.55)));
  const slanted = xTicks && xTicks.length > 4 && width < 700 && xTicks.some(([, name]) => String(name).length > 3);
  const [left, right, top, bottom] = [62, width - 12, 14, height - (slanted ? 84 : 46)];
  const svg = make(box, "svg", { width, height, role: "group", "aria-label": `${label}. Arrow keys move from point to point.` });
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  box.append(tip);
  const all = series.flatMap((s) => s.points);
  const ys = extremes(series.flatMap((s) => [...s.points.map((p) => p.y), ...(s.band || []).flatMap(([, a, b]) => [a, b])])
    .filter((v) => v !== null));
  const finite = Number.isFinite(ys[0]);
  const x = axis(all.length ? extremes(all.map((p) => p.x)) : [0, 1], left + 6, right - 6, xLog);
  const y = axis(finite ? ys : [0, 1], bottom, top + 14, finite && decades(ys));
  for (const t of finite ? y.ticks : []) {
    make(svg, "line", { x1: left, x2: right, y1: y.place(t), y2: y.place(t), stroke: "#e3e6ea" });
    make(svg, "text", { x: left - 6, y: y.place(t) + 4, "text-anchor": "end" }, shown(t));
  }
  for (const [t, name] of xTicks || x.ticks.map((t) => [t, shown(t)])) {
    make(svg, "line", { x1: x.place(t), x2: x.place(t), y1: bottom, y2: bottom + 5, stroke: "#888" });
    const text = make(svg, "text", { x: x.place(t), y: bottom + 18, "text-anchor": slanted ? "end" : "middle" }, name);
    if (slanted) text.setAttribute("transform", `rotate(-35 ${x.place(t)} ${bottom + 14})`);
  }
  make(svg, "path", { d: `M${left},${top}V${bottom}H${right}`, fill: "none", stroke: "#888" });
  make(svg, "text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, xLabel);
  make(svg, "text", { x: 13, y: (top + bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 13 ${(top + bottom) / 2})` }, yLabel);
  if (!all.length) make(svg, "text", { x: (left + right) / 2, y: (top + bottom) / 2, "text-anchor": "middle" }, "nothing to show");

  const say = (node, point) => {
    tip.textContent = point.text;
    tip.hidden = false;
    const [px, py] = [x.place(point.x), point.y === null ? top + 6 : y.place(point.y)];
    tip.style.left = `${Math.max(0, Math.min(px + 12, width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${py + 14 + tip.offsetHeight > height ? Math.max(0, py - tip.offsetHeight - 12) : py + 14}px`;
  };
  const hush = () => { tip.hidden = true; };
  const groups = [];
  for (const s of series) {
    const drawn = data.losses[s.name], group = make(svg, "g", {});
    const path = (points) => points.map(([px, py], i) => `${i ? "L" : "M"}${x.place(px).toFixed(1)},${y.place(py).toFixed(1)}`).join("");
    if (s.band && s.band.length > 1) {
      const outline = [...s.band.map(([k, a]) => [k, a]), ...s.band.map(([k, , b]) => [k, b]).reverse()];
      make(group, "path", { d: path(outline) + "z", fill: drawn.colour, "fill-opacity": 0.05 });
    }
    if (s.line) {  // a dark edge makes light colours readable
      const d = path(s.points.map((p) => [p.x, p.y]));
      make(group, "path", { d, fill: "none", stroke: "#444", "stroke-width": 2.8 });
      make(group, "path", { d, fill: "none", stroke: drawn.colour, "stroke-width": 2 });
    }
    groups.push(s.points.map((point) => {
      const mark = point.mark || drawn.marker, py = point.y === null ? top + 6 : y.place(point.y);
      const node = make(group, "path", {
        d: MARKS[mark], transform: `translate(${x.place(point.x).toFixed(1)},${py.toFixed(1)})`, tabindex: -1, role: "img",
        fill: mark === "x" ? "none" : drawn.hollow ? "#fff" : drawn.colour, stroke: mark === "x" || drawn.hollow ? drawn.colour : "#222",
        "stroke-width": mark === "x" || drawn.hollow ? 1.8 : 0.6, "data-loss": s.name,
      });
      node.addEventListener("pointerenter", () => say(node, point));
      node.addEventListener("pointerleave", hush);
      node.addEventListener("focus", () => {
        node.setAttribute("aria-label", point.text.replaceAll("\n", ", "));
        element("described").textContent = point.text.replaceAll("\n", ", ");
        say(node, point);
      });
      node.addEventListener("blur", hush);
      return node;
    }));
  }
  const reachable = groups.filter((nodes) => nodes.length);
  if (reachable.length) reachable[0][0].setAttribute("tabindex", 0);
  svg.addEventListener("keydown", (event) => {
    const line = reachable.findIndex((nodes) => nodes.includes(event.target));
    if (event.key === "Escape") hush();
    if (line < 0) return;
    const i = reachable[line].indexOf(event.target);
    const to = {
      ArrowRight: [line, i + 1], ArrowLeft: [line, i - 1], ArrowDown: [line + 1, i], ArrowUp: [line - 1, i],
      Home: [line, 0], End: [line, reachable[line].length - 1],
    }[event.key];
    if (!to || !reachable[to[0]]) return;
    event.preventDefault();
    const next = reachable[to[0]][Math.max(0, Math.min(to[1], reachable[to[0]].length - 1))];
    event.target.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  });
}

function drawCurve() {
  const curves = data.curves[element("plot-dataset").value];
  const series = Object.entries(curves).filter(([name]) => !hidden.has(name)).map(([name, points]) => ({
    name, line: true, band: points.map(([k, , low, high]) => [k, low, high]),
    points: points.map(([k, expected, low, high]) => ({
      x: k, y: expected, text: `${name}\nbest of ${k} ${data.unit}\nexpected ${shown(expected)}\n95% band ${shown(low)} to ${shown(high)}`,
    })),
  }));
  const longest = Math.max(0, ...Object.values(curves).map((c) => c.at(-1)[0]));
  draw(element("curve"), series, {
    label: "Expected best score against budget", xLabel: `budget: number of ${data.unit}`, yLabel: "expected lowest score", xLog: longest > 30,
    xTicks: longest > 30 ? null : Array.from({ length: longest }, (_, i) => [i + 1, i + 1]).filter(([k]) => longest < 13 || k % 5 === 0),
  });
}

// A number in [-1, 1] that depends on i alone, to spread points that would hide each other.
const spread = (i) => ((i * 0.6180339887) % 1) * 2 - 1;

function drawScatter() {
  const dataset = element("plot-dataset").value, column = data.columns[element("scatter-x").value];
  const names = Object.keys(data.losses).filter((name) => !hidden.has(name));
  const value = (row) => {
    if (!column) return names.indexOf(row[at.name]);
    const v = row[at[column.key]];
    return column.switch && v !== null ? Number(v === "yes") : v;
  };
  const rows = data.rows.filter((row) => row[at.dataset] === dataset && row[at.status] !== "pending" && !hidden.has(row[at.name]));
  const levels = new Set(rows.map(value));
  const jitter = !column ? 0.25 : levels.size <= 3 ? 0.06 * (extremes([...levels].filter((v) => v !== null)).reduce((a, b) => b - a) || 1) : 0;
  const series = names.map((name) => ({
    name,
    points: rows.filter((row) => row[at.name] === name && value(row) !== null).map((row, i) => ({
      x: value(row) + jitter * spread(i), y: row[at.status] === "ok" ? row[at.best] : null, text: describe(row),
      mark: row[at.status] === "ok" ? null : "x",
    })).sort((p, q) => p.x - q.x),
  }));
  draw(element("scatter"), series, {
    label: "Score of every trial", yLabel: "score, best evaluation", xLog: Boolean(column && column.log && !jitter),
    xLabel: `${column ? column.name : "loss"}; crosses at the upper edge: diverged or failed`,
    xTicks: !column ? names.map((name, i) => [i, name]) : column.switch ? [[0, "no"], [1, "yes"]] : null,
  });
}

function options(select, entries) {
  for (const [value, text] of entries) select.append(new Option(text, value));
}

function startPlots() {
  options(element("plot-dataset"), Object.entries(data.datasets));
  options(element("scatter-x"), [["", "loss"], ...data.columns.flatMap((c, i) => (c.parameter ? [[i, c.name]] : []))]);
  const both = () => { drawCurve(); drawScatter(); };
  element("plot-dataset").addEventListener("change", both);
  element("scatter-x").addEventListener("change", drawScatter);
  for (const [name, drawn] of Object.entries(data.losses)) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    const svg = make(button, "svg", { width: 12, height: 12, viewBox: "-6 -6 12 12", "aria-hidden": "true" });
    make(svg, "path", { d: MARKS[drawn.marker], fill: drawn.hollow ? "#fff" : drawn.colour, stroke: drawn.hollow ? drawn.colour : "#222" });
    button.append(name);
    button.addEventListener("click", () => {
      if (!hidden.delete(name)) hidden.add(name);
      button.setAttribute("aria-pressed", String(!hidden.has(name)));
      both();
    });
    element("legend").append(button);
  }
  let width = window.innerWidth;
  window.addEventListener("resize", () => { if (width !== window.innerWidth) { width = window.innerWidth; both(); } });
  both();
}
