"""The findings of a table of trials, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.analysis.formats import number
from benchmark.analysis.names import dataset_names, listed
from benchmark.analysis.reliability import doubts_of
from benchmark.analysis.report.search_verdict import search_verdict
from benchmark.analysis.statistics.differences import pairwise
from benchmark.analysis.statistics.ranks import ranks_over_datasets
from benchmark.analysis.statistics.verdict import judge
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.trials import compared_trials, divergence_note, kind, values_by_name, worst_scored
from benchmark.columns import STATUSES
from benchmark.plurals import how_many

FEW_TRIALS = 10
"""If a loss has fewer trials than this, the reader is warned."""


def counts(table: pd.DataFrame) -> str:
    """A sentence on how many trials were planned and how they ended."""
    ended = [f"{int((table['status'] == s).sum()):,} {s}" for s in STATUSES]
    return (
        f"{how_many(len(table), 'trial')} planned = "
        + " + ".join(ended)
        + ("; " + note if (note := divergence_note(table)) else "")
    )


def findings(table: pd.DataFrame, margin: float | None = None, found: Mapping[str, pd.DataFrame] | None = None) -> list[str]:
    """A paragraph per data set, one over all data sets if there are several, and warnings about the score.

    A search is judged by the best of k settings, as in the tables; seeds are judged by their means.

    Args:
        margin: the largest difference of mean scores that does not matter; None if it is unknown.
        found: the result of ``tables`` for this table.
    """
    trials, _ = compared_trials(table)
    searched = kind(table) == "search"
    ended = worst_scored(trials)
    paragraphs = []
    for dataset, printed in dataset_names(table).items():
        values = values_by_name(ended[np.isfinite(ended["value"])], dataset)
        sentences = search_verdict(found or {}, dataset) if searched else _of_means(values, margin)
        paragraphs.append(f"{printed}: {' '.join(sentences)}")
    if not searched and (ranks := ranks_over_datasets(ended)) is not None:  # ranks are of means, which do not suit a search
        first, last = ranks.mean.index[0], ranks.mean.index[-1]
        apart = ranks.mean.iloc[-1] - ranks.mean.iloc[0] >= ranks.critical
        paragraphs.append(
            f"Over {ranks.datasets} data sets {first} ranks first on average ({ranks.mean.iloc[0]:.2f}) and {last} last "
            f"({ranks.mean.iloc[-1]:.2f}). {'These two' if apart else 'Not even these two'} differ significantly at 5% "
            f"(critical difference {ranks.critical:.2f})."
        )
    return [*paragraphs, *doubts_of(table)]


def _of_means(values: dict[str, np.ndarray], margin: float | None) -> list[str]:
    if not values:
        return ["No trial ended with a score, so there is nothing to compare."]
    best = min(values, key=lambda name: float(values[name].mean()))
    low, high = mean_interval(pd.Series(values[best]))
    spread = f"95% interval {number(low)} to {number(high)}, " if np.isfinite(low) else ""
    n, mean = how_many(len(values[best]), "seed"), number(float(values[best].mean()))
    sentences = [f"The lowest mean is that of {best}: {mean} ({spread}n = {n})."]
    if len(values) == 1:
        return [*sentences, "It is the only loss, so there is nothing to compare."]
    tested = [name for name in values if len(values[name]) > 1]
    if len(tested) < 2:
        return [*sentences, "n = 1: without a second trial of each loss nothing is known of the spread, so nothing is decided."]
    if len(tested) < len(values):
        alone = listed(name for name in values if name not in tested)
        sentences.append(f"With one trial (n = 1) {alone} cannot be tested.")
    rows = pairwise({name: values[name] for name in tested})
    differ = int((rows["p"] < 0.05).sum())
    sentences.append(
        f"{differ} of {how_many(len(rows), 'pair')} of losses {'differs' if differ == 1 else 'differ'} in the mean "
        "(Welch's test, corrected by Holm, 5%)."
    )
    if best in tested:
        of_best = rows[(rows["first"] == best) | (rows["second"] == best)]
        alike = [a if b == best else b for a, b, p in of_best[["first", "second", "p"]].to_numpy().tolist() if p >= 0.05]
        sentences.append(f"Not significantly different from {best}: {listed(alike) or 'none'}.")
    if margin is None:
        sentences.append(
            "Pairs that do not differ need not be equal: each is shown to be equivalent only within its own bound, from "
            f"{number(float(rows['equivalent_within'].min()))} to {number(float(rows['equivalent_within'].max()))}."
        )
    else:
        decisions = [judge(values[a], values[b], margin, 1 - 0.05 / len(rows)).decision for a, b in combinations(tested, 2)]
        apart = decisions.count("better") + decisions.count("worse")
        sentences.append(
            f"At a margin of {margin:g}, {apart} pairs differ by more than it, {decisions.count('equivalent')} are "
            f"equivalent within it, {decisions.count('undecided')} are undecided (joint confidence 95%)."
        )
    fewest = min(len(values[name]) for name in tested)
    if fewest < FEW_TRIALS:
        half = float(((rows["ci_high"] - rows["ci_low"]) / 2).median())
        sentences.append(f"With n as low as {fewest}, half of the differences are uncertain by ±{number(half)} or more.")
    return sentences
