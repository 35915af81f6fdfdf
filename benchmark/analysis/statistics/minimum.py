"""The best of k trials: the score that a search of k hyperparameter samples, or k restarts, is expected to reach.

There are two ways to draw k of the n measured scores. With replacement (the bootstrap of Lucic et al. 2018), draws still differ
at k = n, but the expected minimum is too high (as in Dodge et al. 2019). Without replacement, the expected minimum is unbiased
(a U-statistic; Tang et al. 2020, "Showing Your Work Doesn't Always Work"), but at k = n there is only one draw, so the spread
is zero. Curves show mean and band of the first way; tables also have the unbiased mean.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]


def minimum_weights(n: int, k: int, *, replace: bool) -> Floats:
    """The probability [n] that the i-th smallest of n values is the smallest of k draws, for i = 1 ... n.

    It is (C(n-i+1, k) - C(n-i, k)) / C(n, k) without replacement and ((n-i+1)/n)^k - ((n-i)/n)^k with replacement.
    """
    if not k >= 1 or (k > n and not replace):
        raise ValueError(f"k is {k}; it must be from 1 to the number of values, {n}")
    left = np.arange(n, -1, -1.0)  # the number of values not below the i-th, and 0 after the last
    if replace:
        survival = (left / n) ** k
    else:
        enough = left >= k
        m = np.where(enough, left, k)
        survival = np.exp(gammaln(m + 1) - gammaln(m - k + 1) - gammaln(n + 1) + gammaln(n - k + 1)) * enough
    return survival[:-1] - survival[1:]


def expected_minimum(values: ArrayLike, k: int, *, replace: bool, of: ArrayLike | None = None) -> float:
    """The exact expectation of the smallest of k values.

    Args:
        replace: whether the k are drawn with replacement, as in a bootstrap.
        of: a second quantity of the same trials; the result is then its expectation for the trial with the smallest value.

    Examples:
        Two of the three pairs of 1, 2 and 3 have the minimum 1, and one has 2:

        >>> import benchmark
        >>> round(benchmark.expected_minimum([1, 2, 3], 2, replace=False), 4)
        1.3333
    """
    scores = np.asarray(values, float)
    order = np.argsort(scores, kind="stable")
    chosen = (scores if of is None else np.asarray(of, float))[order]
    weights = minimum_weights(len(scores), k, replace=replace)
    possible = weights > 0  # 0 * inf is NaN
    return float(np.sum(weights[possible] * chosen[possible]))


def minimum_quantile(values: ArrayLike, k: int, q: float, *, replace: bool) -> float:
    """The exact q-quantile of the smallest of k values: the lowest value that it does not exceed with probability q."""
    scores = np.sort(np.asarray(values, float))
    below = np.cumsum(minimum_weights(len(scores), k, replace=replace))
    return float(scores[min(int(np.searchsorted(below, q - 1e-12)), len(scores) - 1)])


SCHEME = "bootstrap, as in the paper"
"""The words for readers on how ``minimum_curve`` draws."""
DENSE = 100  # a curve has a point for each k up to here, and beyond it as many per factor of ten


def curve_points(n: int) -> list[int]:
    """The numbers k up to n at which a curve is computed: all up to ``DENSE``, then evenly spaced on a logarithmic axis."""
    every = range(1, min(n, DENSE) + 1)
    if n <= DENSE:
        return [*every]
    further = np.geomspace(DENSE, n, 1 + round(DENSE * np.log10(n / DENSE)))
    return sorted({*every, *(round(k) for k in further), n})


def minimum_curve(
    values: ArrayLike, confidence: float = 0.95, *, of: ArrayLike | None = None, ks: Iterable[int] | None = None
) -> pd.DataFrame:
    """The expected minimum of k of the n values, and the band that contains a share ``confidence`` of the minima.

    Mean and band are those of the bootstrap of Lucic et al. 2018, which draws k values with replacement; here they are computed
    exactly instead of by sampling. There is one row per k, with columns k, expected, low, high.

    Args:
        of: a second quantity of the same trials; ``expected`` is then its expectation for the trial with the smallest value.
        ks: by default ``curve_points``.

    Examples:
        >>> import benchmark
        >>> benchmark.minimum_curve([1, 3], ks=[1, 2])["expected"].tolist()
        [2.0, 1.5]
    """
    scores = np.asarray(values, float)
    order = np.argsort(scores, kind="stable")  # sorted once here, which makes the sort for each k fast
    scores, other = scores[order], None if of is None else np.asarray(of, float)[order]
    tail = (1 - confidence) / 2
    return pd.DataFrame(
        [
            {
                "k": k,
                "expected": expected_minimum(scores, k, replace=True, of=other),
                "low": minimum_quantile(scores, k, tail, replace=True),
                "high": minimum_quantile(scores, k, 1 - tail, replace=True),
            }
            for k in ks or curve_points(len(scores))
        ]
    )
