"""Two losses compared: how much their means differ, how often one scores lower, and whether they are equivalent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats


@dataclass(frozen=True)
class Difference:
    """Mean of the first minus mean of the second, its standard error, and its degrees of freedom (Welch 1947)."""

    estimate: float
    standard_error: float
    degrees_of_freedom: float

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The interval of the difference; (nan, nan) where a side has fewer than two values."""
        if not np.isfinite(self.standard_error):
            return np.nan, np.nan
        quantile = float(special.stdtrit(self.degrees_of_freedom, (1 + confidence) / 2)) if self.standard_error else 0.0
        half = quantile * self.standard_error
        return self.estimate - half, self.estimate + half

    def p_value(self, at: float = 0.0) -> float:
        """The two-sided p-value of the hypothesis that the true difference is ``at``; nan without a standard error."""
        if not np.isfinite(self.standard_error):
            return np.nan
        distance = abs(self.estimate - at)
        if self.standard_error == 0:
            return float(distance == 0)
        return float(2 * special.stdtr(self.degrees_of_freedom, -distance / self.standard_error))

    def equivalence(self, margin: float) -> float:
        """The p-value of "the true difference is ``margin`` or larger", by two one-sided tests (Schuirmann 1987).

        Below 0.05 the losses are equivalent within the margin. It is below 0.05 exactly if the 90% interval lies within the
        margin. nan without a standard error.
        """
        if not np.isfinite(self.standard_error):
            return np.nan
        room = margin - abs(self.estimate)
        if self.standard_error == 0:
            return float(room <= 0)
        return float(special.stdtr(self.degrees_of_freedom, -room / self.standard_error))


def difference(first: ArrayLike, second: ArrayLike) -> Difference:
    """The difference of the two means, of samples whose variances may differ.

    Examples:
        >>> import benchmark
        >>> found = benchmark.difference([48, 50, 52], [58, 60, 62])
        >>> found.estimate, round(found.p_value(), 3)
        (-10.0, 0.004)
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    estimate = float(a.mean() - b.mean())
    if min(len(a), len(b)) < 2:
        return Difference(estimate, np.nan, np.nan)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    total = va + vb
    freedom = total**2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1)) if total else np.inf
    return Difference(estimate, float(np.sqrt(total)), float(freedom))


def probability_of_improvement(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """The probability that a run of the first scores lower than one of the second (ties count half), and its interval.

    The interval is that of Newcombe 2006 (part 2, method 5), which does not collapse where one side always wins.

    Examples:
        >>> import benchmark
        >>> benchmark.probability_of_improvement([1, 2], [2, 3])[0]
        0.875
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    cells, ordered = len(a) * len(b), np.sort(b)
    # How many of the pairs have the value of b not above that of a, and below it.
    not_above, below = (int(np.searchsorted(ordered, a, side).sum()) for side in ("right", "left"))
    share = (cells - not_above + 0.5 * (not_above - below)) / cells
    z2, pairs = float(special.ndtri((1 + confidence) / 2)) ** 2, (len(a) + len(b)) / 2 - 1

    def outside(p: float) -> float:
        variance = p * (1 - p) * (1 + pairs * ((1 - p) / (2 - p) + p / (1 + p))) / cells
        return (share - p) ** 2 - z2 * variance

    low = 0.0 if share == 0 else float(optimize.brentq(outside, 0, share - 1e-12 * share))
    high = 1.0 if share == 1 else float(optimize.brentq(outside, share + 1e-12 * (1 - share), 1))
    return share, low, high


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """The p-values corrected for their number (Holm 1979), in their order.

    If those at or below 0.05 are called significant, the probability of any false call is at most 5%. nan stays nan and is
    not counted.
    """
    p = np.asarray(p_values, float)
    corrected = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1) if len(order) else steps
    return corrected


def pairwise(values: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """A row per pair of losses: difference, interval, p-values, probability of improvement, smallest margin of equivalence.

    ``p`` is Welch's, ``p_rank`` that of Mann and Whitney 1947, which assumes no distribution but cannot be small for few
    trials; both are corrected for the number of pairs by Holm 1979. ``equivalent_within`` is the smallest margin at which
    two one-sided tests at 5% show equivalence: no difference is larger than that. The intervals are of each pair alone.

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
        low, high = found.interval()
        better, better_low, better_high = probability_of_improvement(first, second)
        rows.append(
            {
                "first": a,
                "second": b,
                "n_first": len(first),
                "n_second": len(second),
                "difference": found.estimate,
                "ci_low": low,
                "ci_high": high,
                "p": found.p_value(),
                "p_rank": stats.mannwhitneyu(first, second).pvalue if min(len(first), len(second)) > 1 else np.nan,
                "improvement": better,
                "improvement_low": better_low,
                "improvement_high": better_high,
                "equivalent_within": float(np.max(np.abs(found.interval(0.9)))),
            }
        )
    table = pd.DataFrame(rows)
    for column in ("p", "p_rank"):
        if len(table):
            table[column] = holm(table[column])
    return table
