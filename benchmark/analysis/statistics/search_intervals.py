"""Intervals for who wins a search of k, by resampling the searches' trials (percentile bootstrap)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchmark.analysis.statistics.differences import probability_of_improvement
from benchmark.analysis.statistics.minimum import minimum_weights
from benchmark.analysis.statistics.search import Floats, Search, wins

Trials = NDArray[np.intp]
CELLS = 100_000  # drawn trials that are compared at once: they fit into the processor's cache


def winning_intervals(
    first: Search,
    second: Search,
    ks: Sequence[int],
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    resamples: int = 499,
) -> list[tuple[float, float]]:
    """The interval of ``probability_of_winning`` at each k, from the same resamples of both searches' trials for all k.

    If one side wins in every resample, resampling gives no error. The interval is then that of Newcombe 2006, for as many won
    comparisons as there are disjoint searches of k among the trials. For 30 exponential scores the 95% interval contains the
    truth in about 91, 92 and 90 of 100 cases for k = 1, 5 and 10 (tests/analysis/statistics/test_search_intervals.py). As k
    approaches n it becomes too short, because there are few best trials.

    Raises:
        ValueError: a k is less than 1 or more than a side has trials.
    """
    a, b = _resampled([first, second], rng, resamples)
    found = []
    for k, (low, high) in zip(ks, _ends(_shares(first, a, second, b, ks), confidence), strict=True):
        if min(high, 1 - low) < 1e-9:  # weights add up to 1 only up to rounding
            always = round(low)
            searches = np.full(len(first.test) // k, 1 - always), np.full(len(second.test) // k, always)
            _, low, high = probability_of_improvement(*searches, confidence)
        found.append((float(low), float(high)))
    return found


def rank_intervals(
    found: Sequence[Search], ks: Sequence[int], rng: np.random.Generator, *, confidence: float = 0.95, resamples: int = 199
) -> list[tuple[Floats, Floats]]:
    """The low and high ends of the intervals of ``expected_ranks`` at each k, from the same resamples for all k.

    Raises:
        ValueError: a k is less than 1 or more than a search has trials.
    """
    drawn = _resampled(found, rng, resamples)
    ranks = np.ones((len(ks), resamples, len(found)))
    for i, j in combinations(range(len(found)), 2):
        shares = _shares(found[i], drawn[i], found[j], drawn[j], ks)
        ranks[:, :, j] += shares
        ranks[:, :, i] += 1 - shares
    return [(low, high) for low, high in _ends(ranks, confidence)]


def _ends(drawn: Floats, confidence: float) -> Iterator[Floats]:
    """The low and high ends of the interval, as quantiles over the second axis of [k, resamples, ...]."""
    return iter(np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], axis=1).swapaxes(0, 1))


def _resampled(searches: Sequence[Search], rng: np.random.Generator, resamples: int) -> list[Trials]:
    """For each search, resampled trial numbers [resamples, n], sorted by validation score."""
    found = []
    for search in searches:
        n = len(search.test)
        drawn = rng.integers(n, size=(resamples, n))
        place = np.unique(search.validation, return_inverse=True)[1].astype(np.min_scalar_type(n))  # short numbers sort faster
        found.append(np.take_along_axis(drawn, np.argsort(place[drawn], axis=1, kind="stable"), axis=1))
    return found


def _shares(first: Search, a: Trials, second: Search, b: Trials, ks: Sequence[int]) -> Floats:
    """The probability that the first search wins, for each k in each resample: [k, resamples]."""
    n, m = len(first.test), len(second.test)
    weights = [(minimum_weights(n, k, replace=False), minimum_weights(m, k, replace=False)) for k in ks]
    ranks = np.unique(np.concatenate([first.test, second.test]), return_inverse=True)[1]
    count = min(len(a), -(-(a.size + b.size) // CELLS))
    parts = [np.array_split(trials, count) for trials in (a, b)]
    return np.concatenate([wins(ranks[:n][x], ranks[n:][y], weights) for x, y in zip(*parts, strict=True)], axis=1)
