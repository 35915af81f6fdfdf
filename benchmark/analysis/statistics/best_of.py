"""The best of k settings with its interval: how well the trials know what a search of k is expected to reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from benchmark.analysis.statistics.minimum import expected_minimum, minimum_weights


def best_of(
    values: ArrayLike, ks: Sequence[int], rng: np.random.Generator, *, confidence: float = 0.95, resamples: int = 499
) -> list[tuple[float, float, float]]:
    """The expectation of the smallest of k of the values, drawn without replacement, and its interval, at each k.

    The interval resamples the values, the same for all k (percentile bootstrap). As k nears their number it becomes too short,
    since the lowest values are few.

    Raises:
        ValueError: a k is less than 1 or more than there are values.
    """
    scores = np.sort(np.asarray(values, float))
    n = len(scores)
    drawn = scores[np.sort(rng.integers(n, size=(resamples, n)), axis=1)]  # sorted, as the places are
    found = []
    for k in ks:
        resampled = drawn @ minimum_weights(n, k, replace=False)
        low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
        found.append((expected_minimum(scores, k, replace=False), float(low), float(high)))
    return found
