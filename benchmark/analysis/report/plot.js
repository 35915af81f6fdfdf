// Draws a plot with Observable Plot; a pointer or the arrow keys move from mark to mark and show the text of each.
const data = JSON.parse(document.getElementById("data").textContent);
const at = Object.fromEntries(data.columns.map((column, i) => [column.key, i]));
const element = (id) => document.getElementById(id);

// The markers of the figures, as matplotlib writes them: a symbol, and by how many degrees it is turned.
const SYMBOLS = {
  "o": ["circle", 0], "s": ["square", 0], "D": ["diamond2", 0], "*": ["star", 0], "h": ["hexagon", 0], "x": ["times", 0],
  "^": ["triangle", 0], "v": ["triangle", 180], "<": ["triangle", -90], ">": ["triangle", 90], "P": ["cross", 0], "X": ["cross", 45],
};

// How the mark of a point {name, mark} looks: as its loss does, or with a marker of its own.
const drawn = (p) => data.losses[p.name], marker = (p) => SYMBOLS[p.mark || drawn(p).marker];
const outlined = (p) => p.mark === "x" || drawn(p).hollow;
const LOOK = {
  r: 4, sort: null, symbol: (p) => marker(p)[0], rotate: (p) => marker(p)[1],
  fill: (p) => (p.mark === "x" ? "none" : drawn(p).hollow ? "var(--page)" : drawn(p).colour),
  stroke: (p) => (outlined(p) ? drawn(p).colour : "currentColor"), strokeWidth: (p) => (outlined(p) ? 1.8 : 0.6),
};

function shown(value) {
  if (value === null || value === undefined) return "-";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 0.01 && Math.abs(value) < 1e5 ? String(+value.toFixed(value < 1 ? 4 : 2)) : value.toExponential(2);
}

// The axis of scores: logarithmic where all are positive, and cut where scores above ten times the median would take a third of it.
function scoreAxis(values) {
  const log = values.length > 0 && values.every((v) => v > 0), [to, from] = log ? [Math.log, Math.exp] : [Number, Number];
  const sorted = values.length ? d3.sort(values) : [0, 1], n = sorted.length, median = sorted[Math.floor((n - 1) / 2)];
  const usual = median > 0 ? d3.bisectRight(sorted, 10 * median) : n, [low, most, far] = [0, n - 1, usual - 1].map((i) => to(sorted[i]));
  const inside = most - far > (most - low) / 3 ? usual : n, high = to(sorted[inside - 1]), room = 0.04 * (high - low) || 0.1;
  const domain = [from(low - room), from(high + room)];
  const said = [log && "log", inside < n && `cut at ${d3.format(",.2r")(domain[1])}`].filter(Boolean).join(", ");
  return { scale: { type: log ? "log" : "linear", domain, grid: true, tickFormat: ",~r" }, top: domain[1], said: said && ` (${said})` };
}

// Draws points [{name, x, y, text, mark}] into the box, as lines too if bands [{name, x, low, high}] are given. A point without y,
// or above a cut axis, is drawn at the upper edge; the farthest of each loss is named there.
function draw(box, points, { label, xLabel, yLabel, x, names, bands }) {
  const width = Math.max(300, box.clientWidth), height = Math.round(Math.max(320, Math.min(440, width * 0.55)));
  const longest = names ? d3.max(names, (name) => name.length) : 0, slanted = names && width / names.length < 8 * longest;
  const axis = scoreAxis([...points.map((p) => p.y).filter((y) => y !== null), ...(bands || []).flatMap((b) => [b.low, b.high])]);
  const position = { x: "x", y: (p) => Math.min(p.y ?? Infinity, axis.top) };
  const colour = (p) => data.losses[p.name].colour;
  const line = { x: "x", y: "y", z: "name", clip: true, sort: null };
  const above = d3.rollups(points.filter((p) => p.y > axis.top), (of) => d3.greatest(of, (p) => p.y), (p) => p.name);
  const middle = d3.mean(d3.extent(points, (p) => p.x));
  const svg = Plot.plot({
    width, height: height + 14 * above.length, marginLeft: 62, marginRight: 14, marginTop: 12 + 14 * above.length, marginBottom: slanted ? 50 + 5 * longest : 48,
    insetTop: 10, insetLeft: 8, insetRight: 8, ariaLabel: `${label}. Arrow keys move from point to point.`,
    x: { label: xLabel, labelAnchor: "center", labelArrow: "none", tickRotate: slanted ? -35 : 0, ...x,
      ...(names && { domain: [-0.5, names.length - 0.5], ticks: d3.range(names.length), tickFormat: (i) => names[i] }) },
    y: { ...axis.scale, label: yLabel + axis.said, labelAnchor: "center", labelArrow: "none" },
    marks: [
      Plot.frame({ anchor: "left", stroke: "var(--line)" }),
      bands && Plot.areaY(bands, { ...line, y: undefined, y1: "low", y2: "high", fill: colour, fillOpacity: 0.07 }),
      bands && Plot.lineY(points, { ...line, stroke: "currentColor", strokeWidth: 2.8 }),  // an edge makes light colours readable
      bands && Plot.lineY(points, { ...line, stroke: colour, strokeWidth: 2 }),
      Plot.dot(points, { ...position, ...LOOK, className: "marks" }),
      Plot.dot(points, Plot.pointer({ ...position, r: 8, stroke: "currentColor", sort: null })),
      above.map(([name, p], i) => Plot.text([p], {
        x: "x", frameAnchor: "top", dy: -8 - 14 * i, text: () => `${name} ${d3.format(",.3~r")(p.y)} \u2191`, textAnchor: p.x > middle ? "end" : "start", className: "above",
      })),
      points.length ? null : Plot.text(["nothing to show"], { frameAnchor: "middle" }),
    ],
  });
  svg.setAttribute("role", "group");
  const tip = d3.create("div").attr("class", "tip").property("hidden", true).node();
  box.replaceChildren(svg, tip);
  const say = (point) => {
    tip.textContent = point.text;
    tip.hidden = false;
    const [px, py] = [svg.scale("x").apply(point.x), svg.scale("y").apply(position.y(point))];
    tip.style.left = `${Math.max(0, Math.min(px + 12, width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${py + 14 + tip.offsetHeight > svg.clientHeight ? Math.max(0, py - tip.offsetHeight - 12) : py + 14}px`;
  };
  const hush = () => { tip.hidden = true; };
  svg.addEventListener("input", () => (svg.value ? say(svg.value) : hush()));
  reach(svg, points, say, hush);
}

// One stop of the Tab key in the plot; arrow keys move along a loss and from loss to loss.
function reach(svg, points, say, hush) {
  const nodes = [...svg.querySelectorAll(".marks > path")], point = (node) => points[node.__data__];
  for (const node of nodes) {
    for (const [key, value] of Object.entries({ role: "img", tabindex: -1, "data-loss": point(node).name })) node.setAttribute(key, value);
    node.addEventListener("focus", () => {
      const text = point(node).text.replaceAll("\n", ", ");
      node.setAttribute("aria-label", text);
      element("described").textContent = text;
      say(point(node));
    });
    node.addEventListener("blur", hush);
  }
  nodes[0]?.setAttribute("tabindex", 0);
  const lines = [...d3.group(nodes, (node) => point(node).name).values()];
  svg.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hush();
    const line = lines.findIndex((of) => of.includes(event.target));
    if (line < 0) return;
    const i = lines[line].indexOf(event.target);
    const to = {
      ArrowRight: [line, i + 1], ArrowLeft: [line, i - 1], ArrowDown: [line + 1, i], ArrowUp: [line - 1, i],
      Home: [line, 0], End: [line, Infinity],
    }[event.key];
    if (!to || !lines[to[0]]) return;
    event.preventDefault();
    const next = lines[to[0]][Math.max(0, Math.min(to[1], lines[to[0]].length - 1))];
    event.target.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  });
}
