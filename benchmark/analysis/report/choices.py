"""Sentences and bars on how much each choice of a crossed study matters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from benchmark.analysis.formats import number
from benchmark.analysis.names import dataset_names, listed
from benchmark.analysis.report.what_matters import Bar, Bars, Found


def choice_bars(table: pd.DataFrame, found: Found) -> list[Bars]:
    """The choices' shares on each data set, the largest first; empty for a table that crosses nothing."""
    drawn = []
    for dataset, printed in dataset_names(table).items():
        rows = _of(found, "factors", dataset)
        if rows.empty:
            continue
        bars = [
            Bar(
                factor=str(row["factor"]),
                share=100 * row["share"],
                low=100 * row["low"],
                high=100 * row["high"],
                shuffled=None,
                text=_share(row),
            )
            for row in rows.to_dict("records")
        ]
        about = f"{rows['n'].iloc[0]} trials of {rows['combinations'].iloc[0]} combinations"
        drawn.append(
            Bars(caption=f"{printed}: share of the variance of log scores over {about} (line: 95% interval)", bars=bars)
        )
    return drawn


def which_choice(table: pd.DataFrame, found: Found) -> list[str]:
    """A paragraph per data set on the tables ``factors``, ``factor-levels`` and ``combinations``."""
    paragraphs = []
    for dataset, printed in dataset_names(table).items():
        sentences = [*_shares(found, dataset), *_levels(found, dataset), *_lowest(found, dataset)]
        if sentences:
            paragraphs.append(f"{printed}: {' '.join(sentences)}")
    return paragraphs


def _of(found: Found, name: str, dataset: str) -> pd.DataFrame:
    rows = found.get(name, pd.DataFrame())
    return rows[rows["dataset"] == dataset] if len(rows) else rows


def _share(row: Mapping[Hashable, Any]) -> str:
    return f"{row['share']:.0%} ({row['low']:.0%} to {row['high']:.0%})"


def _shares(found: Found, dataset: str) -> list[str]:
    rows = _of(found, "factors", dataset)
    if rows.empty:
        return []
    of = {
        choices: ", ".join(f"{row['factor']} {_share(row)}" for row in rows[rows["choices"] == choices].to_dict("records"))
        for choices in (1, 2, 0)
    }
    first = rows.iloc[0]
    together = f" Interactions of two choices: {of[2]}." if of[2] else ""
    return [
        f"Of the variance of log scores over {first['over']} ({first['n']} trials of {first['combinations']} combinations, "
        f"{first['without_score']} without a score): {of[1]}.{together} The rest, {of[0]}, is unexplained."
    ]


def _levels(found: Found, dataset: str) -> list[str]:
    rows = _of(found, "factor-levels", dataset)
    sentences = []
    for factor, of_factor in rows.groupby("factor", sort=False) if len(rows) else ():
        ks = of_factor.groupby("level")["k"].max()
        k = int(ks.min())
        at = of_factor[of_factor["k"] == k].sort_values("best_of_k", kind="stable")
        said = (
            f"{row['level']} {number(row['best_of_k'])} ({number(row['low'])} to {number(row['high'])})"
            for row in at.to_dict("records")
        )
        sentences.append(f"Expected lowest score of {k}, by {factor}: {listed(said)}.")
    return sentences


def _lowest(found: Found, dataset: str) -> list[str]:
    rows = _of(found, "combinations", dataset)
    if rows.empty:
        return []
    columns = [str(c) for c in rows]
    best = rows.iloc[int(rows["geometric_mean"].to_numpy(float).argmin())]
    levels = ", ".join(str(best[c]) for c in columns[1 : columns.index("over")])
    return [
        f"The combination of the lowest geometric mean is {levels}: {number(float(best['geometric_mean']))} "
        f"({number(float(best['low']))} to {number(float(best['high']))}, n = {best['n']}). It was chosen among "
        f"{len(rows)} by these trials, so that a repetition is likely to score higher."
    ]
