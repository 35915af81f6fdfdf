"""What the commands print: tables, and what a study published."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.table import Table

from benchmark.cli.app import console, say
from benchmark.plurals import how_many

if TYPE_CHECKING:  # torch is loaded by the commands that need it, not by --help
    import pandas as pd

    from benchmark.study.publish import Published

TEXTS = ("dataset", "loss", "baseline", "verdict")
"""Columns of words, which are aligned on the left."""
MEANINGS = {
    "trials": "one row per trial",
    "evaluations": "one row per evaluation",
    "records": "what restore reads",
    "summary": "the table above",
    "provenance": "what made it",
    "samples": "samples of each run",
    "median": "samples of median runs",
    "generators": "generators of median runs",
}


def print_table(table: pd.DataFrame, title: str = "", *, wrapped: Collection[str] = ()) -> None:
    """Prints the table. Only cells of the columns ``wrapped`` may take several lines."""
    shown = Table(title=title or None, box=box.SIMPLE, title_justify="left")
    for column in map(str, table.columns):
        shown.add_column(column, justify="left" if column in TEXTS else "right", no_wrap=column not in wrapped)
    for row in table.itertuples(index=False):
        shown.add_row(*(f"{v:,}" if isinstance(v, int) else str(v) for v in row))
    console.print(shown)


def print_published(published: Published) -> None:
    """Prints the summary of the trials and where the files are; exits with 1 if trials failed."""
    trials = published.trials
    print_summary(published)
    failed = int((trials["status"] == "failed").sum())
    if failed:
        reasons = trials.loc[trials["status"] == "failed", "reason"].unique()
        say(f"{how_many(failed, 'trial')} failed: {'; '.join(map(str, reasons))}\nRun again with --retry-failed.")
        raise typer.Exit(1)


def print_summary(published: Published) -> None:
    """Prints the summary of the trials and where the files are."""
    from benchmark.analysis.reliability import doubts_of
    from benchmark.analysis.summary import as_text, summarise

    trials, folder = published.trials, published.folder
    text = as_text(summarise(trials))
    title = f"{trials['score'].iloc[0]}, best evaluation of each run; budget {trials['budget'].iloc[0]}"
    nothing_pending = ["pending"] if (text["pending"] == "0").all() else []
    one_dataset = ["dataset"] if text["dataset"].nunique() == 1 else []
    print_table(text.drop(columns=[*one_dataset, *nothing_pending]), title)
    for doubt in doubts_of(trials):
        say(f"Warning: {doubt}")
    meanings = {**MEANINGS, str(trials["score"].iloc[0]): "score distribution"}
    for name in sorted(p.name for p in folder.iterdir()):
        say(f"{meanings.get(name.partition('.')[0].partition('-')[0], ''):22} {folder / name}")
