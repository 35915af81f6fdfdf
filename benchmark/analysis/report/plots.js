// The two plots and their controls: curves of the best of k trials, and the score of every trial.
const hidden = new Set();
const visible = () => Object.keys(data.losses).filter((name) => !hidden.has(name));

function describe(row) {
  const told = data.columns.map((column, i) => [column.name, row[i]]).filter(([, value]) => value !== null && value !== "");
  return told.map(([name, value]) => `${name}: ${shown(value)}`).join("\n");
}

function drawCurve() {
  const curves = data.curves[element("plot-dataset").value];
  const bands = visible().flatMap((name) => (curves[name] || []).map(([k, expected, low, high]) => ({
    name, x: k, y: expected, low, high,
    text: `${name}\nbest of ${k} ${data.unit}\nexpected ${shown(expected)}\n95% band ${shown(low)} to ${shown(high)}`,
  })));
  const longest = d3.max(Object.values(curves), (curve) => curve.at(-1)[0]) || 0;
  draw(element("curve"), bands, {
    bands, label: "Expected best of k trials", xLabel: `k, number of ${data.unit}`, yLabel: "expected lowest score",
    x: longest > 30 ? { type: "log", tickFormat: ",~r" } : { interval: 1, tickFormat: "d" },
  });
}

// A number in [-1, 1] that depends on i alone, to spread points that would hide each other.
const spread = (i) => ((i * 0.6180339887) % 1) * 2 - 1;

function drawScatter() {
  const dataset = element("plot-dataset").value, column = data.columns[element("scatter-x").value], names = visible();
  const value = (row) => {
    if (!column) return names.indexOf(row[at.name]);
    const v = row[at[column.key]];
    return column.switch && v !== null ? Number(v === "yes") : v;
  };
  const rows = data.rows.filter((row) => row[at.dataset] === dataset && row[at.status] !== "pending" && !hidden.has(row[at.name]));
  const levels = [...new Set(rows.map(value))].filter((v) => v !== null), [low, high] = d3.extent(levels);
  const jitter = !column ? 0.25 : levels.length <= 3 ? 0.06 * (high - low || 1) : 0;
  const points = names.flatMap((name) => d3.sort(
    rows.filter((row) => row[at.name] === name && value(row) !== null).map((row, i) => ({
      name, x: value(row) + jitter * spread(i), y: row[at.status] === "ok" ? row[at.best] : null, text: describe(row),
      mark: row[at.status] === "ok" ? null : "x",
    })), (p) => p.x));
  draw(element("scatter"), points, {
    label: "Score of every trial", xLabel: column ? column.name : "loss", yLabel: "score, best evaluation",
    names: column ? null : names, x: column?.switch ? { ticks: [0, 1], tickFormat: (v) => ["no", "yes"][v] }
      : column?.log && !jitter ? { type: "log" } : {},
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
  for (const name of Object.keys(data.losses)) {
    const icon = Plot.plot({ width: 14, height: 14, margin: 0, axis: null, marks: [Plot.dot([{ name }], { ...LOOK, frameAnchor: "middle" })] });
    icon.setAttribute("aria-hidden", true);
    icon.querySelector("style").remove();  // else its text is part of the button's
    const button = d3.create("button").attr("type", "button").attr("aria-pressed", true).node();
    button.append(icon, name);
    button.addEventListener("click", () => {
      if (!hidden.delete(name)) hidden.add(name);
      button.setAttribute("aria-pressed", !hidden.has(name));
      both();
    });
    element("legend").append(button);
  }
  let width = window.innerWidth;
  window.addEventListener("resize", () => { if (width !== window.innerWidth) { width = window.innerWidth; both(); } });
  both();
}
