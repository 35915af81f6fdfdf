"""Sentences and bars on what matters: the hyperparameters, the loss, and how far losses are apart."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmark.analysis.formats import number
from benchmark.analysis.names import dataset_names, hyperparameter_name, listed
from benchmark.analysis.statistics.importance.spread import meaning
from benchmark.analysis.tables.importance import ALL, GANS, RATE

Found = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A factor's share in the page: in percent of the bar's width, and as text; ``shuffled`` may be unknown."""

    factor: str
    share: float
    low: float
    high: float
    shuffled: float | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Bars:
    """The factors of one data set, the most important first."""

    caption: str
    bars: list[Bar]


def importance_bars(table: pd.DataFrame, found: Found) -> list[Bars]:
    """The factors' shares on each data set, for the GANs if possible, otherwise for all models or the table's only loss."""
    drawn = []
    for dataset, printed in dataset_names(table).items():
        rows = _of(found, "importance", dataset)
        if rows.empty:
            continue
        rows = rows.sort_values("share", ascending=False, kind="stable")
        bars = [
            Bar(
                factor=str(row["factor"]),
                share=100 * row["share"],
                low=100 * row["low"],
                high=100 * row["high"],
                shuffled=100 * min(1.0, row["shuffled"]),
                text=f"{row['share']:.0%} ({row['low']:.0%} to {row['high']:.0%}; shuffled at most {row['shuffled']:.0%})",
            )
            for row in rows.to_dict("records")
        ]
        first = rows.iloc[0]
        drawn.append(
            Bars(
                caption=f"{printed}, {first['of']}: share of the variance of log scores over {first['n']} settings "
                f"(line: 95% interval; tick: largest share in shuffled scores; a forest explains "
                f"{first['forest_r2']:.0%} of the variance of settings it has not seen)",
                bars=bars,
            )
        )
    return drawn


def what_matters(table: pd.DataFrame, found: Found) -> list[str]:
    """A paragraph per data set on the tables ``importance``, ``learning-rate-range``, ``headline`` and others."""
    paragraphs = []
    for dataset, printed in dataset_names(table).items():
        sentences = [*_importance(found, dataset), *_ranges(found, dataset), *_headline(found, dataset)]
        sentences += [*_nested(found, dataset), *_range_ends(found, dataset)]
        if sentences:
            paragraphs.append(f"{printed}: {' '.join(sentences)}")
    return paragraphs


def _of(found: Found, name: str, dataset: str) -> pd.DataFrame:
    """A table's rows for the data set: those of the GANs if there are any, otherwise of all models, otherwise all rows."""
    rows = found.get(name, pd.DataFrame())
    if rows.empty:
        return rows
    rows = rows[rows["dataset"] == dataset]
    for label in (GANS, ALL):
        if (rows["of"] == label).any():
            return rows[rows["of"] == label]
    return rows if rows["of"].nunique() == 1 else rows.iloc[:0]


def _importance(found: Found, dataset: str) -> list[str]:
    rows = _of(found, "importance", dataset)
    if rows.empty:
        return []
    rows = rows.sort_values("share", ascending=False, kind="stable")
    above = rows["share"] > rows["shuffled"]
    shares = {flag: [_share(row) for row in rows[above == flag].to_dict("records")] for flag in (True, False)}
    first = rows.iloc[0]
    about = f"{first['n']} settings, {first['of']}"
    sentences = [
        f"Shares of the variance of log scores ({about}), with 95% intervals: {'; '.join(shares[True])}."
        if shares[True]
        else f"No factor explains more of the variance of log scores ({about}) than it does of shuffled scores."
    ]
    if shares[True] and shares[False]:
        sentences.append(f"These explain no more than they do of shuffled scores: {'; '.join(shares[False])}.")
    sentences.append(f"The forest behind this explains {first['forest_r2']:.0%} of the variance of settings it has not seen.")
    cubic = rows["cubic"].dropna()
    if len(cubic):
        sentences.append(f"A cubic in the log learning rate alone explains {cubic.iloc[0]:.0%}.")
    return sentences


def _share(row: Mapping[Hashable, Any]) -> str:
    return f"{row['factor']} {row['share']:.0%} ({row['low']:.0%} to {row['high']:.0%})"


def _ranges(found: Found, dataset: str) -> list[str]:
    rows = _of(found, "learning-rate-range", dataset)
    if len(rows) < 2:
        return []
    first, *others = (
        f"{row['rates_from']:.2g} {row['share_of_losses']:.0%} ({row['low']:.0%} to {row['high']:.0%})"
        for row in rows.to_dict("records")
    )
    return [f"The losses' share depends on the range of learning rates: from {first}; from {', from '.join(others)}."]


def _headline(found: Found, dataset: str) -> list[str]:
    sentences = []
    rows = _of(found, "headline", dataset)
    for row in rows.to_dict("records"):
        sentences.append(
            f"Over {row['over']} the losses ({row['of']}) spread by a factor of {number(row['spread'])} "
            f"({number(row['spread_low'])} to {number(row['spread_high'])}), from best to worst by "
            f"{number(row['best_to_worst'])} ({number(row['best_to_worst_low'])} to {number(row['best_to_worst_high'])})."
        )
    if sentences:
        sentences.append(meaning(float(rows["spread"].iloc[0])))
    return sentences


def _nested(found: Found, dataset: str) -> list[str]:
    rows = _of(found, "nested", dataset)
    return [
        f"Test that losses differ by no more than settings of one loss: p = {number(float(row['p']), 'p')} ({row['of']})."
        for row in rows.to_dict("records")
    ]


def _range_ends(found: Found, dataset: str) -> list[str]:
    rows = found.get("range-ends", pd.DataFrame())
    rows = rows[rows["dataset"] == dataset] if len(rows) else rows
    if rows.empty:
        return []
    named = {
        str(of): listed(f"{row['loss']} ({row['best']:.2g}, {row['end']})" for row in of_one.to_dict("records"))
        for of, of_one in rows.groupby("hyperparameter", sort=False)
    }
    ends = "; ".join(f"{of}: {losses}" for of, losses in named.items())
    rate = hyperparameter_name(RATE)
    warning = " A wider range of learning rates may suit them better." if rate in named else ""
    return [f"Best settings that lie within a tenth of their range's end: {ends}.{warning}"]
