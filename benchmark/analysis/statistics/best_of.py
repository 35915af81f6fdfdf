"""The expected best of k settings, with an interval for how precisely the trials determine it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from benchmark.analysis.statistics.minimum import expected_minimum, minimum_weights


def best_of(
    values: ArrayLike, ks: Sequence[int], rng: np.random.Generator, *, confidence: float = 0.95, resamples: int = 499
) -> list[tuple[float, float, float]]:
    """The expected smallest of k values, drawn without replacement, and its interval, for each k.

    The interval is a percentile bootstrap with the same resamples for all k. It becomes too short as k approaches the number
    of values, because there are few low values.

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
