"""Puts the report's parts into its page."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image

from benchmark.analysis.figures.budget_curves import tried
from benchmark.analysis.figures.hyperparameters import is_logarithmic, is_switch
from benchmark.analysis.formats import printed
from benchmark.analysis.names import dataset_names, hyperparameter_name, score_name, style
from benchmark.analysis.pictures import chosen_trials, picture_of
from benchmark.analysis.report.findings import counts, findings
from benchmark.analysis.statistics.minimum import minimum_curve
from benchmark.analysis.tables import tables
from benchmark.analysis.trials import hyperparameters, values_by_name, worst_scored
from benchmark.columns import shown_in

PICTURE_BYTES = 9_000_000
"""All pictures together; further ones are left out, so that the file stays below 15 MB."""
TITLES = {
    "summary": "Summary",
    "summary-search": "Summary of the search",
    "summary-seeds": "Summary of the seeds",
    "best-score": "Best setting under several seeds",
    "robust": "Means with bootstrap intervals",
    "minimum-against-budget": "Best score against budget",
    "pairs": "Losses in pairs",
    "importance": "Importance of each hyperparameter",
    "variance": "Variance between settings and seeds, of the logarithm of the score",
    "ranks": "Ranks over data sets",
}


def report_html(table: pd.DataFrame, folder: Path | None = None, margin: float | None = None) -> str:
    """The report on a checked table of trials, a whole HTML page that loads nothing; the same table gives the same page.

    Args:
        folder: where the pictures of the column ``picture`` are.

    Raises:
        UserError: trials of one data set differ in budget, score or extractor.
    """
    numbers, datasets = tables(table), dataset_names(table)
    summaries = [n for n in numbers if n.startswith("summary")]
    further = [n for n in numbers if n in TITLES and n not in summaries]
    source = files("benchmark.analysis.report")
    score = score_name(str(table["score"].iloc[0]))
    return Template((source / "page.html").read_text()).substitute(
        style=(source / "style.css").read_text(),
        script=(source / "plot.js").read_text() + (source / "trials.js").read_text(),
        title=escape(_title(table)),
        counts=escape(counts(table)),
        findings="".join(f"<p>{escape(p)}</p>" for p in findings(table, margin)),
        score=escape(score),
        summary="".join(_table(TITLES[n], numbers[n], datasets) for n in summaries),
        further="".join(
            f"<details><summary>{TITLES[n]}</summary>{_table(TITLES[n], numbers[n], datasets)}</details>" for n in further
        ),
        samples=_samples(table, folder),
        failures=_failures(numbers, datasets),
        provenance=_provenance(table),
        data=_embedded(_data(table, score)),
    )


def _title(table: pd.DataFrame) -> str:
    parts = [", ".join(dataset_names(table).values())]
    if "budget" in table:
        parts.append("budget " + ", ".join(map(str, table["budget"].unique())))
    return f"{table['name'].nunique()} losses on {', '.join(parts)}"


def _table(caption: str, rows: pd.DataFrame, datasets: dict[str, str]) -> str:
    text = printed(rows.assign(dataset=rows["dataset"].map(datasets)) if "dataset" in rows else rows)
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in text.columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(v)}</td>" for v in row) + "</tr>" for row in text.to_numpy().tolist())
    label = escape(caption)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}"><table><caption>{label}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _samples(table: pd.DataFrame, folder: Path | None) -> str:
    """Best, median and worst run of every loss side by side, as far as there are pictures."""
    kinds: tuple[Literal["best", "median", "worst"], ...] = ("best", "median", "worst")
    parts, used, left_out = [], 0, 0
    chosen = {kind: chosen_trials(table, kind) for kind in kinds}
    for dataset, printed_name in dataset_names(table).items():
        rows = []
        for name in dict.fromkeys(table.loc[table["dataset"] == dataset, "name"]):
            cells = []
            for kind, trials in chosen.items():
                row = trials[(trials["dataset"] == dataset) & (trials["name"] == name)]
                path = picture_of(row.iloc[0], folder) if len(row) else None
                if path is None:
                    cells.append("<td>no picture</td>")
                    continue
                address = _picture(path)
                if used + len(address) > PICTURE_BYTES:
                    left_out += 1
                    cells.append("<td>left out</td>")
                    continue
                used += len(address)
                caption = f"{score_name(str(table['score'].iloc[0])).partition(' (')[0]} {row['best'].iloc[0]:.1f}"
                alt = f"Samples of the {kind} run of {name} on {printed_name}"
                cells.append(f'<td><img src="{address}" alt="{escape(alt)}" loading="lazy"><br>{caption}</td>')
            if any("<img" in cell for cell in cells):
                rows.append(f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>')
        if rows:
            head = "".join(f'<th scope="col">{kind}</th>' for kind in kinds)
            parts.append(
                f'<div class="wide" role="region" tabindex="0" aria-label="Samples"><table class="samples"><caption>'
                f"{escape(printed_name)}</caption><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
            )
    if left_out:
        parts.append(f"<p>{left_out} pictures were left out to keep this file small.</p>")
    return "".join(parts) or "<p>The table of trials names no pictures.</p>"


def _picture(path: Path) -> str:
    """The picture as an address that holds it; large ones are made smaller."""
    content, kind = path.read_bytes(), path.suffix.lstrip(".").lower()
    if len(content) > 40_000 or kind not in ("png", "jpg", "jpeg"):
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture.thumbnail((420, 420))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=82)
        content, kind = buffer.getvalue(), "jpeg"
    return f"data:image/{kind.replace('jpg', 'jpeg')};base64,{base64.b64encode(content).decode()}"


def _failures(numbers: dict[str, pd.DataFrame], datasets: dict[str, str]) -> str:
    if "failures" not in numbers:
        return "<p>No trial diverged or failed.</p>"
    return _table("Trials that diverged or failed, by reason", numbers["failures"], datasets)


def _provenance(table: pd.DataFrame) -> str:
    """What holds for all trials, what varies, and the digest of the table."""
    content = table.drop(columns="name").to_csv(index=False).encode()
    rows = [("SHA-256 of the rows", hashlib.sha256(content).hexdigest())]
    for column in shown_in("provenance", table):
        values = [str(v) for v in table[column].dropna().unique()]
        if values:
            rows.append((str(column), ", ".join(values[:6]) + (f", ... ({len(values)} values)" if len(values) > 6 else "")))
    if "seconds" in table:
        rows.append(("wall time of all trials", f"{table['seconds'].sum() / 3600:.2f} hours"))
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
    return f"<dl>{listed}</dl>"


def _data(table: pd.DataFrame, score: str) -> dict[str, Any]:
    """What the page's script draws from."""
    names = list(dict.fromkeys(table["name"]))
    parameters = hyperparameters(table)
    columns = [c for c in shown_in("trials", table) if table[c].notna().any()]
    headings = {"dataset": "data set", "name": "loss", "id": "trial", "best_step": "step of best"}
    trials, unit = tried(table)
    ended = worst_scored(trials)
    curves = {
        dataset: {
            name: minimum_curve(values).round(4).to_numpy().tolist()
            for name, values in values_by_name(ended, dataset).items()
            if np.isfinite(values).all()
        }
        for dataset in dict.fromkeys(table["dataset"])
    }
    return {
        "score": score,
        "unit": unit,
        "losses": {n: {"colour": style(n, names).colour, "marker": style(n, names).marker, "hollow": "(" in n} for n in names},
        "datasets": dataset_names(table),
        "columns": [
            {
                "key": c,
                "name": hyperparameter_name(c) if c in parameters else headings.get(c, c),
                "parameter": c in parameters,
                "log": c in parameters and is_logarithmic(table[c]),
                "switch": c in parameters and is_switch(table[c]),
            }
            for c in columns
        ],
        "rows": [[_value(v) for v in row] for row in table[columns].astype(object).to_numpy().tolist()],
        "curves": curves,
    }


def _value(value: Any) -> Any:
    """A cell as JSON holds it: five digits, null for what is missing or infinite."""
    if isinstance(value, str):
        return {"True": "yes", "False": "no"}.get(value, value)
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    number = float(value) if value is not None else np.nan
    if not np.isfinite(number):
        return None
    return int(number) if number == int(number) else float(f"{number:.5g}")


def _embedded(data: dict[str, Any]) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
