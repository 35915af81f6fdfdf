"""Compares two losses: the difference of means, how often one scores lower, and the margin within which they are equivalent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW


@dataclass(frozen=True)
class Difference:
    """Mean of the first minus mean of the second, its interval, and the p-value of no difference (Welch 1947)."""

    estimate: float
    low: float
    high: float
    p: float


def difference(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Difference:
    """The difference of the means of two samples with possibly different variances; its interval needs two values of each.

    Examples:
        >>> import benchmark
        >>> found = benchmark.difference([48, 50, 52], [58, 60, 62])
        >>> found.estimate, round(found.p, 3)
        (-10.0, 0.004)
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    estimate = float(a.mean() - b.mean())
    if min(len(a), len(b)) < 2:
        return Difference(estimate, np.nan, np.nan, np.nan)
    if np.ptp(a) == np.ptp(b) == 0:
        return Difference(estimate, estimate, estimate, float(estimate == 0))
    means = CompareMeans(DescrStatsW(a), DescrStatsW(b))
    low, high = means.tconfint_diff(1 - confidence, usevar="unequal")
    return Difference(estimate, float(low), float(high), float(means.ttest_ind(usevar="unequal")[1]))


def equivalent_within(first: ArrayLike, second: ArrayLike) -> float:
    """The smallest margin at which two one-sided tests at 5% show that the means differ by less (Schuirmann 1987)."""
    found = difference(first, second, 0.9)
    return max(abs(found.low), abs(found.high))


def probability_of_improvement(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """The probability that a run of the first scores lower than a run of the second (ties count half), and its interval.

    The interval is that of Newcombe 2006 (part 2, method 5), which does not shrink to a point if one side always wins.

    Examples:
        >>> import benchmark
        >>> benchmark.probability_of_improvement([1, 2], [2, 3])[0]
        0.875
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    cells = len(a) * len(b)
    share = 1 - float(stats.mannwhitneyu(a, b, method="asymptotic").statistic) / cells
    z2, pairs = float(special.ndtri((1 + confidence) / 2)) ** 2, (len(a) + len(b)) / 2 - 1

    def outside(p: float) -> float:
        variance = p * (1 - p) * (1 + pairs * ((1 - p) / (2 - p) + p / (1 + p))) / cells
        return (share - p) ** 2 - z2 * variance

    low = 0.0 if share == 0 else float(optimize.brentq(outside, 0, share - 1e-12 * share))
    high = 1.0 if share == 1 else float(optimize.brentq(outside, share + 1e-12 * (1 - share), 1))
    return share, low, high


def holm(p_values: Sequence[float] | pd.Series) -> NDArray[np.float64]:
    """The p-values corrected for multiple tests (Holm 1979), in their order.

    If those at or below 0.05 are called significant, the probability of any false positive is at most 5%. nan stays nan and
    does not count as a test.
    """
    p = pd.Series(p_values, dtype=float)
    tested = p.dropna().sort_values(kind="stable")  # statsmodels' multipletests collects garbage first: 0.1 to 0.5 s a call
    return (tested * np.arange(len(tested), 0, -1)).cummax().clip(upper=1).reindex(p.index).to_numpy()


def pairwise(values: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """One row per pair of losses: difference, interval, p-values, probability of improvement, smallest equivalence margin.

    ``p`` is from Welch's test. ``p_rank`` is from that of Mann and Whitney 1947, which assumes no distribution but cannot be
    small for few trials. Both are corrected for the number of pairs (Holm 1979); the intervals are not.

    Examples:
        >>> import benchmark
        >>> pairs = benchmark.pairwise({"A": [48, 50, 52], "B": [58, 60, 62], "C": [49, 50, 51]})
        >>> pairs[["first", "second", "difference"]].to_numpy().tolist()
        [['A', 'B', -10.0], ['A', 'C', 0.0], ['B', 'C', 10.0]]
    """
    rows = []
    for a, b in combinations(values, 2):
        first, second = np.asarray(values[a], float), np.asarray(values[b], float)
        found = difference(first, second)
        better, better_low, better_high = probability_of_improvement(first, second)
        rows.append(
            {
                "first": a,
                "second": b,
                "n_first": len(first),
                "n_second": len(second),
                "difference": found.estimate,
                "ci_low": found.low,
                "ci_high": found.high,
                "p": found.p,
                "p_rank": stats.mannwhitneyu(first, second).pvalue if min(len(first), len(second)) > 1 else np.nan,
                "improvement": better,
                "improvement_low": better_low,
                "improvement_high": better_high,
                "equivalent_within": equivalent_within(first, second),
            }
        )
    table = pd.DataFrame(rows)
    for column in ("p", "p_rank"):
        if len(table):
            table[column] = holm(table[column])
    return table
