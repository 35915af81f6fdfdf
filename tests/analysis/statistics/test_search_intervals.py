"""The intervals against their definition drawn by hand, and how often they contain the truth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.statistics.search import Search, expected_ranks, probability_of_winning
from benchmark.analysis.statistics.search_intervals import rank_intervals, winning_intervals

SIZES = (1, 2, 3, 7, 30)


def made(n: int, seed: int) -> Search:
    """Validation and test scores with ties, of which some are infinite."""
    rng = np.random.default_rng(seed)
    validation, test = rng.integers(0, 12, n).astype(float), rng.integers(0, 12, n).astype(float)
    test[rng.random(n) < 0.1] = np.inf
    return Search(validation, test)


def by_hand(searches: list[Search], rng: np.random.Generator, resamples: int) -> list[list[Search]]:
    """The searches resampled one after the other, as often as asked for."""
    drawn = [rng.integers(len(search.test), size=(resamples, len(search.test))) for search in searches]
    return [[Search(s.validation[d[r]], s.test[d[r]]) for s, d in zip(searches, drawn, strict=True)] for r in range(resamples)]


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("n", SIZES)
def test_the_interval_of_searches_of_any_sizes_is_that_of_resamples_drawn_by_hand(n: int, m: int) -> None:
    first, second = made(n, 1), made(m, 2)
    ks = [k for k in (1, 2, 3, 7) if k <= min(n, m)]
    found = winning_intervals(first, second, ks, np.random.default_rng(0), resamples=40)
    for k, ends in zip(ks, found, strict=True):
        drawn = by_hand([first, second], np.random.default_rng(0), 40)
        expected = np.quantile([probability_of_winning(a, b, k) for a, b in drawn], [0.025, 0.975])
        if min(expected[1], 1 - expected[0]) > 1e-9:  # else nothing was won or lost in any resample
            assert ends == pytest.approx(tuple(expected))
        assert 0 <= ends[0] <= ends[1] <= 1


def test_the_interval_of_a_rank_of_unequal_searches_is_that_of_resamples_drawn_by_hand() -> None:
    searches = [made(n, seed) for seed, n in enumerate((2, 3, 7, 30))]
    found = rank_intervals(searches, [1, 2], np.random.default_rng(0), resamples=40)
    for k, (low, high) in zip((1, 2), found, strict=True):
        drawn = [expected_ranks(resample, k) for resample in by_hand(searches, np.random.default_rng(0), 40)]
        np.testing.assert_allclose([low, high], np.quantile(drawn, [0.025, 0.975], axis=0))


def test_large_searches_are_compared_in_parts_and_give_the_same() -> None:
    first, second = made(400, 1), made(700, 2)
    ((low, high),) = winning_intervals(first, second, [5], np.random.default_rng(0), resamples=300)
    drawn = by_hand([first, second], np.random.default_rng(0), 300)
    assert (low, high) == pytest.approx(tuple(np.quantile([probability_of_winning(a, b, 5) for a, b in drawn], [0.025, 0.975])))


@pytest.mark.parametrize(("k", "least"), [(1, 0.88), (5, 0.88), (10, 0.86)])
def test_the_interval_contains_the_truth_about_as_often_as_it_says(k: int, least: float) -> None:
    # The lowest of k exponential values of rate r is exponential of rate k r, so the truth is 2 / 3 at every k. Validation
    # scores have the order of the test scores. 95% intervals of 30 trials; 300 experiments have an error of 1.3 points.
    rng, inside = np.random.default_rng(1), 0
    for _ in range(300):
        first, second = rng.exponential(1 / 2, 30), rng.exponential(1, 30)
        ((low, high),) = winning_intervals(Search.of(first, first), Search.of(second, second), [k], rng, resamples=299)
        inside += low <= 2 / 3 <= high
    assert least <= inside / 300 < 0.98


def test_who_wins_every_time_is_not_certain_to() -> None:
    rng, bounds = np.random.default_rng(0), []
    for n in (5, 10, 40):
        first, second = np.arange(n, dtype=float), 100 + np.arange(n, dtype=float)
        ((low, high),) = winning_intervals(Search.of(first, first), Search.of(second, second), [5], rng)
        (turned,) = winning_intervals(Search.of(second, second), Search.of(first, first), [5], rng)
        assert high == 1 and turned == pytest.approx((0, 1 - low))
        bounds.append(low)
    assert 0 < bounds[0] < bounds[1] < bounds[2] < 1


def test_the_interval_of_a_rank_contains_the_truth_about_as_often_as_it_says() -> None:
    # Exponential scores of rates 2, 1 and 1: the first is below another with probability 2 / 3, so its expected rank is 5 / 3.
    rng, inside, k = np.random.default_rng(3), 0, 3
    for _ in range(200):
        found = [Search.of(x, x) for x in (rng.exponential(1 / rate, 24) for rate in (2, 1, 1))]
        ((low, high),) = rank_intervals(found, [k], rng)
        assert (low <= high).all()
        inside += low[0] <= 5 / 3 <= high[0]
    assert 0.86 <= inside / 200 < 0.99
