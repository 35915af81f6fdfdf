"""A search of k as a whole: closed forms, and draws by hand."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from benchmark.analysis.statistics.differences import probability_of_improvement
from benchmark.analysis.statistics.minimum import expected_minimum
from benchmark.analysis.statistics.search import (
    Search,
    expected_ranks,
    expected_selected,
    optimism,
    probability_of_winning,
)

A = Search.of([3.0, 1.0, 2.0], [30.0, 12.0, 11.0])
B = Search.of([1.0, 2.0, 3.0], [10.0, 25.0, 11.5])


def test_the_selected_score_is_the_test_score_of_the_lowest_validation_score() -> None:
    # Of k = 2 of A: {3, 1} and {1, 2} select the 12, {3, 2} the 11.
    assert expected_selected(A, 2) == pytest.approx((12 + 12 + 11) / 3)
    assert expected_selected(A, 3) == 12 and expected_selected(A, 1) == pytest.approx(A.test.mean())


def by_hand(first: Search, second: Search, k: int) -> float:
    """All pairs of draws."""

    def selected(s: Search) -> list[float]:
        draws = combinations(range(len(s.test)), k)
        return [float(s.test[min(draw, key=lambda i: s.validation[i])]) for draw in draws]

    pairs = [(a < b) + (a == b) / 2 for a in selected(first) for b in selected(second)]
    return sum(pairs) / len(pairs)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_probability_of_winning_is_that_over_all_draws(k: int) -> None:
    assert probability_of_winning(A, B, k) == pytest.approx(by_hand(A, B, k))


distinct = st.lists(st.integers(0, 50), min_size=3, max_size=6, unique=True)


@given(distinct, distinct, st.integers(1, 3))
def test_one_side_wins_where_the_other_loses_and_one_sample_is_one_run(x: list[int], y: list[int], k: int) -> None:
    a, b = Search.of(x, x[::-1]), Search.of(y, y[::-1])
    assert probability_of_winning(a, b, k) + probability_of_winning(b, a, k) == pytest.approx(1)
    assert probability_of_winning(a, b, k) == pytest.approx(by_hand(a, b, k))
    assert probability_of_winning(a, b, 1) == pytest.approx(probability_of_improvement(a.test, b.test)[0])
    assert expected_selected(Search.of(x, x), k) == pytest.approx(expected_minimum(x, k, replace=False))


def test_trials_without_a_score_lose_and_tie_with_each_other() -> None:
    dead = Search.of([np.inf, np.inf], [np.inf, np.inf])
    assert probability_of_winning(A, dead, 2) == 1 and probability_of_winning(dead, dead, 1) == 0.5
    mixed = Search.of([1.0, np.inf, 2.0], [7.0, np.inf, 8.0])
    assert expected_selected(mixed, 3) == 7 and expected_selected(mixed, 1) == np.inf
    assert np.isfinite(optimism(mixed, 2))


def test_choosing_by_noise_is_optimistic_by_the_expected_minimum_of_the_noise() -> None:
    # All settings are equally good; validation scores are noise, and test scores know nothing of it.
    noise = np.array([-1.5, -0.5, 0.5, 1.5])
    search = Search.of(10 + noise, np.full(4, 12.0))
    for k in (1, 2, 4):
        assert optimism(search, k) == pytest.approx(-expected_minimum(noise, k, replace=False))


def test_a_constant_gap_between_validation_and_test_is_no_optimism() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0])
    assert [optimism(Search.of(values, values + 3), k) for k in (1, 2, 4)] == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("k", [1, 3, 10])
def test_the_estimate_is_unbiased(k: int) -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(2_000):
        first, second = rng.exponential(1 / 2, 12), rng.exponential(1, 12)
        found.append(probability_of_winning(Search.of(first, first), Search.of(second, second), k))
    assert np.mean(found) == pytest.approx(2 / 3, abs=4 * np.std(found) / np.sqrt(len(found)))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_expected_rank_is_that_over_all_draws(k: int) -> None:
    c = Search.of([2.0, 3.0, 1.0], [12.0, 9.0, 40.0])

    def selected(s: Search) -> list[float]:
        return [float(s.test[min(draw, key=lambda i: s.validation[i])]) for draw in combinations(range(3), k)]

    ranks = [rankdata(drawn) for drawn in product(selected(A), selected(B), selected(c))]  # ties share the mean of their ranks
    assert expected_ranks([A, B, c], k) == pytest.approx(np.mean(ranks, axis=0))


@given(st.lists(distinct, min_size=2, max_size=5), st.integers(1, 3))
def test_expected_ranks_add_up_to_those_of_all_places(scores: list[list[int]], k: int) -> None:
    found = expected_ranks([Search.of(x, x[::-1]) for x in scores], k)
    assert found.sum() == pytest.approx(sum(range(1, len(scores) + 1))) and found.min() >= 1


def test_what_is_no_search_is_refused() -> None:
    with pytest.raises(ValueError, match="one of each"):
        Search.of([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="one of each"):
        Search.of([], [])
    with pytest.raises(ValueError, match="k is 4"):
        expected_selected(A, 4)
