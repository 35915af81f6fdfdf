// The table of trials: sorting, filtering, pages.
const PAGE = 100;
const view = { column: null, up: true, page: 0, rows: data.rows };
const words = data.rows.map((row) => row.map((v) => (v === null ? "" : String(v))).join(" ").toLowerCase());
const place = new Map(data.rows.map((row, i) => [row, i]));

function compareCells(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function select() {
  const find = element("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = ["dataset", "name", "status"].map((key) => [at[key], element(`filter-${key}`).value]).filter(([, value]) => value);
  view.rows = data.rows.filter((row, i) => wanted.every(([c, value]) => row[c] === value) && find.every((word) => words[i].includes(word)));
  if (view.column !== null) {
    const c = view.column, sign = view.up ? 1 : -1;
    // What is missing comes last, whichever way the rest is sorted; equals keep the table's order.
    view.rows.sort((p, q) => (p[c] === null) - (q[c] === null) || (p[c] === null ? 0 : sign * compareCells(p[c], q[c])) || place.get(p) - place.get(q));
  }
  view.page = 0;
  showPage();
}

function showPage() {
  const body = document.createElement("tbody"), first = view.page * PAGE;
  for (const row of view.rows.slice(first, first + PAGE)) {
    const line = body.insertRow();
    for (const value of row) line.insertCell().textContent = shown(value);
  }
  element("table").tBodies[0].replaceWith(body);
  const last = Math.min(first + PAGE, view.rows.length);
  element("found").textContent = view.rows.length
    ? `Trials ${first + 1} to ${last} of ${view.rows.length} (${data.rows.length} in all)` : "No trial matches.";
  element("back").disabled = view.page === 0;
  element("on").disabled = last >= view.rows.length;
}

function startTrials() {
  const head = element("table").tHead.insertRow();
  data.columns.forEach((column, i) => {
    const cell = document.createElement("th"), button = document.createElement("button");
    cell.scope = "col";
    button.type = "button";
    button.textContent = column.name;
    button.addEventListener("click", () => {
      view.up = view.column === i ? !view.up : true;
      view.column = i;
      for (const other of head.cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", view.up ? "ascending" : "descending");
      select();
    });
    cell.append(button);
    head.append(cell);
  });
  for (const key of ["dataset", "name", "status"]) {
    const found = [...new Set(data.rows.map((row) => row[at[key]]))];
    options(element(`filter-${key}`), [["", "all"], ...found.map((value) => [value, value])]);
    element(`filter-${key}`).addEventListener("change", select);
  }
  element("find").addEventListener("input", select);
  element("filters").addEventListener("submit", (event) => event.preventDefault());
  element("back").addEventListener("click", () => { view.page -= 1; showPage(); });
  element("on").addEventListener("click", () => { view.page += 1; showPage(); });
  select();
}

startPlots();
startTrials();
