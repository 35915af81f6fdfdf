"""Bootstrap intervals for one loss's scores."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Statistic = Callable[..., Any]
"""A function (values, axis) that reduces an array along an axis, like ``numpy.mean``."""


def interquartile_mean(values: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """The mean of the middle half: a quarter of the values, rounded down, is removed at each end (Agarwal et al. 2021).

    Examples:
        >>> import benchmark
        >>> float(benchmark.interquartile_mean([1, 2, 3, 400]))
        2.5
    """
    return np.asarray(stats.trim_mean(np.asarray(values, float), 0.25, axis=axis))


def bootstrap_interval(
    values: ArrayLike, statistic: Statistic, rng: np.random.Generator, *, confidence: float = 0.95, resamples: int = 4999
) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval (Efron 1987) of a statistic; (nan, nan) for fewer than two values.

    It is too narrow for few values: the 95% interval for the mean of ten normal values contains the true mean in about 90 of
    100 cases. Equal values give an interval of width 0.

    Args:
        values: scores [n].
        statistic: a function (values, axis), such as ``numpy.mean``.
        rng: the generator that draws the resamples.
        confidence: the probability, in (0, 1), with which such an interval should contain the true value.
        resamples: the number of resamples.

    Examples:
        >>> import benchmark, numpy as np
        >>> low, high = benchmark.bootstrap_interval([48, 50, 51, 55, 60], np.median, np.random.default_rng(0))
        >>> 48 <= low < 51 < high <= 60
        True
    """
    scores = np.asarray(values, float)
    if len(scores) < 2 or not np.isfinite(scores).all():
        return np.nan, np.nan
    if np.ptp(scores) == 0:
        return float(scores[0]), float(scores[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # both warn about statistics that the jackknife does not change
        found = stats.bootstrap(
            (scores,),
            statistic,
            confidence_level=confidence,
            n_resamples=resamples,
            method="BCa",
            vectorized=True,
            axis=-1,
            rng=rng,
            batch=max(1, 2_000_000 // len(scores)),
        )
    low, high = found.confidence_interval
    if np.isnan(low) or np.isnan(high):
        low, high = np.quantile(found.bootstrap_distribution, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
