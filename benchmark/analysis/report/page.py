"""Renders the report from the template ``page.html``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from benchmark.analysis.names import budget_name, dataset_names, measured
from benchmark.analysis.report.choices import choice_bars, which_choice
from benchmark.analysis.report.embedded_pictures import shown_samples
from benchmark.analysis.report.findings import counts, findings
from benchmark.analysis.report.page_data import page_data
from benchmark.analysis.report.what_matters import importance_bars, what_matters
from benchmark.analysis.statistics.minimum import SCHEME
from benchmark.analysis.tables import tables, tables_in_print
from benchmark.analysis.trials import divergence_note, kind
from benchmark.columns import shown_in
from benchmark.plurals import how_many

KINDS = {
    "search": ("A search", "Verdict on the search"),
    "seeds": ("Seeds", "Verdict over seeds"),
    "runs": ("Single runs", "Verdict on single runs"),
}
"""The words of the title and of the verdict's heading for each result of ``kind``."""
FIRST = {
    "factors": "Share of the variance of log scores explained by each choice, and by each two together",
    "factor-levels": "The expected lowest score of k trials of each level of a choice",
    "combinations": "Every combination: the geometric mean of its scores, and the lowest",
    "importance": "Share of the variance of log scores explained by each factor, by a regression forest",
    "learning-rate": "What a cubic in the log learning rate explains, and the losses' share of the rest",
    "learning-rate-range": "The losses' share of the variance of log scores, among settings above a minimum learning rate",
    "range-ends": "Best settings within a tenth of a range's end (the range of the drawn samples)",
    "headline": "How far losses are apart, as factors",
    "nested": "Do losses differ more than good settings of one loss? Spreads as factors, and the test",
}
MOST_ROWS = 500
"""Tables with more rows, such as all pairs of 64 combinations, are left out of the page; ``write_tables`` still writes them."""
TITLES = {
    "summary": "Summary",
    "summary-search": "Summary of the search",
    "summary-seeds": "Summary of the seeds",
    "best-score": "Best setting under several seeds",
    "default-settings": "The authors' default settings, and the lowest score of each search",
    "robust": "Means with bootstrap intervals",
    "minimum-against-budget": f"Best of k trials ({SCHEME}; also the unbiased mean, drawn without replacement)",
    "selected": "What a search of k samples reports: it chooses by validation, and is judged by test scores",
    "pairs": "Losses in pairs",
    "winning": "The probability that one loss's search of all its samples ends below another's",
    "ranking": "The expected rank of each loss's search of k samples among all of them",
    "variance": "Variance between settings and seeds, of the logarithm of the score",
    "ranks": "Ranks over data sets",
}


def report_html(
    table: pd.DataFrame,
    folder: Path | None = None,
    margin: float | None = None,
    found: Mapping[str, pd.DataFrame] | None = None,
) -> str:
    """The report on a checked table of trials: a complete HTML page that loads nothing. The same table gives the same page.

    Args:
        folder: the folder that the paths in the column ``picture`` are relative to.
        margin: the largest difference of mean scores that does not matter; None if it is unknown.
        found: the result of ``tables`` for this table, if it was already computed; it takes seconds.

    Raises:
        UserError: trials of one data set differ in budget, score or extractor.
    """
    found = tables(table) if found is None else dict(found)
    said = findings(table, margin, found)
    if "winning" in found:  # with every k it would be pages long
        most = found["winning"].groupby("dataset")["k"].transform("max")
        found["winning"] = found["winning"][found["winning"]["k"] == most]
    in_print = tables_in_print(table, found)
    samples, left_out = shown_samples(table, folder)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=_title(table),
            verdict=KINDS[kind(table)][1],
            counts=counts(table),
            matters=[*which_choice(table, found), *what_matters(table, found)],
            bars=[*choice_bars(table, found), *importance_bars(table, found)],
            first=[(FIRST[name], text) for name, text in in_print.items() if name in FIRST],
            findings=said,
            measured=measured(table),
            scheme=SCHEME,
            divergence=divergence_note(table),
            summaries=[(TITLES[name], text) for name, text in in_print.items() if name.startswith("summary")],
            details=[
                (TITLES[n], text)
                for n, text in in_print.items()
                if n in TITLES and not n.startswith("summary") and len(text) <= MOST_ROWS
            ],
            samples=samples,
            left_out=left_out,
            failures=in_print.get("failures"),
            provenance=_provenance(table),
            data=page_data(table),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("benchmark.analysis", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    folder = files("benchmark.analysis.report")
    environment.globals["own_file"] = lambda name: (folder / name).read_text(encoding="utf-8")
    return environment


def _title(table: pd.DataFrame) -> str:
    parts = [", ".join(dataset_names(table).values())]
    if budget := budget_name(table):
        parts.append(budget)
    return f"{KINDS[kind(table)][0]}: {how_many(table['name'].nunique(), 'loss', 'losses')} on {', '.join(parts)}"


def _provenance(table: pd.DataFrame) -> list[tuple[str, str]]:
    """The table's digest, and the values of each column on how its trials were run."""
    content = table.drop(columns="name").to_csv(index=False).encode()
    rows = [("SHA-256 of the rows", hashlib.sha256(content).hexdigest())]
    for column in shown_in("provenance", table):
        values = [str(v) for v in table[column].dropna().unique()]
        if values:
            rows.append((str(column), ", ".join(values[:6]) + (f", ... ({len(values)} values)" if len(values) > 6 else "")))
    if "seconds" in table:
        rows.append(("wall time of all trials", f"{table['seconds'].sum() / 3600:.2f} hours"))
    return rows
