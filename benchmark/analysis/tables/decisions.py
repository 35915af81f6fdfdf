"""For each pair of losses: whether they differ by more than a margin that does not matter, and how many seeds would tell."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.analysis.names import dataset_names
from benchmark.analysis.statistics.verdict import judge
from benchmark.analysis.trials import compared_trials, values_by_name, worst_scored

OUTCOMES = {
    "differ by more than the margin": ("better", "worse"),
    "equivalent within the margin": ("equivalent",),
    "undecided": ("undecided",),
}
"""The statements about a pair, and the decisions of ``judge`` that each covers."""


def decisions(table: pd.DataFrame, margin: float = 0.1) -> pd.DataFrame:
    """How many pairs of losses on each data set differ, are equivalent, or are undecided, and which ones.

    The intervals of a data set's pairs hold jointly with 95% confidence (Bonferroni). ``more_trials`` is the median number of
    further trials of each loss that would decide a pair, over the pairs that more trials can decide.

    Args:
        margin: the largest difference of means that does not matter, as a share of the median loss's mean score.
    """
    ended = worst_scored(compared_trials(table)[0])
    rows = []
    for dataset, printed in dataset_names(table).items():
        values = {name: of for name, of in values_by_name(ended, dataset).items() if np.isfinite(of).all()}
        pairs = list(combinations(values, 2))
        if not pairs:
            continue
        absolute = margin * float(np.median([scores.mean() for scores in values.values()]))
        found = {pair: judge(values[pair[0]], values[pair[1]], absolute, 1 - 0.05 / len(pairs)) for pair in pairs}
        for outcome, accepted in OUTCOMES.items():
            of = {pair: verdict for pair, verdict in found.items() if verdict.decision in accepted}
            more = [verdict.more for verdict in of.values() if verdict.more]
            rows.append(
                {
                    "dataset": printed,
                    "margin": absolute,
                    "outcome": outcome,
                    "pairs": f"{len(of)} of {len(pairs)}",
                    "which": "; ".join(" and ".join(pair) for pair in of) or "none",
                    "more_trials": f"{np.median(more):,.0f}" if more else "-",
                }
            )
    return pd.DataFrame(rows)
