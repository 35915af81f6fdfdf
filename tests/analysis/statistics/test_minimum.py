from __future__ import annotations

from itertools import combinations, pairwise, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.analysis.statistics.minimum import (
    curve_points,
    expected_minimum,
    minimum_curve,
    minimum_quantile,
    minimum_weights,
)

SCORES = [7.0, 3.0, 11.0, 3.5, 20.0]


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_the_expectation_is_the_mean_over_all_subsets(k: int) -> None:
    # every subset, and every tuple: the definitions themselves
    assert expected_minimum(SCORES, k, replace=False) == pytest.approx(
        np.mean([min(s) for s in combinations(SCORES, k)]), rel=1e-12
    )
    every = [min(s) for s in product(SCORES, repeat=k)]
    assert expected_minimum(SCORES, k, replace=True) == pytest.approx(np.mean(every), rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("q", [0.025, 0.5, 0.975])
def test_the_quantile_is_that_of_all_tuples(k: int, q: float) -> None:
    every = np.array([min(s) for s in product(SCORES, repeat=k)])
    assert minimum_quantile(SCORES, k, q, replace=True) == np.quantile(every, q, method="inverted_cdf")


@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_the_minimum_of_k_of_the_first_n_numbers_has_its_closed_form(n: int) -> None:
    # E[min of k of 1 ... n, without replacement] = (n + 1) / (k + 1); with replacement the sum of (j / n)^k.
    for k in {1, max(1, n // 2), n}:
        assert expected_minimum(range(1, n + 1), k, replace=False) == pytest.approx((n + 1) / (k + 1), rel=1e-10)
        with_replacement = sum((j / n) ** k for j in range(1, n + 1))
        assert expected_minimum(range(1, n + 1), k, replace=True) == pytest.approx(with_replacement, rel=1e-10)


def test_the_weights_agree_with_whole_numbers_for_a_large_search() -> None:
    n, k = 300, 40
    exact = [(comb(n - i + 1, k) - comb(n - i, k)) / comb(n, k) for i in range(1, n + 1)]
    np.testing.assert_allclose(minimum_weights(n, k, replace=False), exact, rtol=1e-8, atol=1e-13)


def bootstrapped_minima(values: np.ndarray, k: int, resamples: int, rng: np.random.Generator, *, replace: bool) -> np.ndarray:
    """The smallest of k randomly drawn values, ``resamples`` times; with replacement that is the paper's bootstrap."""
    if replace:
        drawn = rng.integers(len(values), size=(resamples, k))
    else:
        drawn = rng.random((resamples, len(values))).argsort(axis=1)[:, :k]
    return np.asarray(values[drawn].min(axis=1))


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("k", [1, 3, 20])
def test_the_bootstrap_agrees_with_the_formulas(k: int, replace: bool) -> None:
    rng = np.random.default_rng(0)
    values = rng.lognormal(3, 1, 40)
    minima = bootstrapped_minima(values, k, 20_000, rng, replace=replace)
    error = minima.std() / np.sqrt(len(minima))
    assert minima.mean() == pytest.approx(expected_minimum(values, k, replace=replace), abs=4 * error)
    for q in (0.05, 0.5, 0.9):
        quantile = minimum_quantile(values, k, q, replace=replace)
        below, at_or_below = (minima < quantile).mean(), (minima <= quantile).mean()
        assert below <= q + 0.015 and at_or_below >= q - 0.015


def test_the_expectation_without_replacement_is_unbiased_and_that_with_it_is_too_high() -> None:
    # Of exponential variables the smallest of k has the mean 1 / k.
    rng = np.random.default_rng(0)
    searches = rng.exponential(size=(4000, 12))
    estimates = np.array([[expected_minimum(s, 6, replace=r) for r in (False, True)] for s in searches])
    error = estimates.std(axis=0) / np.sqrt(len(searches))
    assert estimates[:, 0].mean() == pytest.approx(1 / 6, abs=4 * error[0])
    assert estimates[:, 1].mean() > 1 / 6 + 4 * error[1]


def test_a_second_quantity_is_that_of_the_best_trial() -> None:
    # Of pairs (1, 2), (1, 3), (2, 3) the best trials are 1, 1, 2.
    assert expected_minimum([2, 1, 3], 2, replace=False, of=[20, 10, 30]) == pytest.approx((10 + 10 + 20) / 3)
    # Of the nine ordered pairs with repetition the best is 1 in five, 2 in three, 3 in one.
    assert expected_minimum([2, 1, 3], 2, replace=True, of=[20, 10, 30]) == pytest.approx((5 * 10 + 3 * 20 + 30) / 9)


def test_an_infinite_score_counts_only_where_it_can_be_the_best() -> None:
    assert expected_minimum([1, 2, np.inf], 1, replace=False) == np.inf
    assert expected_minimum([1, 2, np.inf], 2, replace=False) == pytest.approx((1 + 1 + 2) / 3)
    assert expected_minimum([1, 2, np.inf], 2, replace=True) == np.inf  # both draws may be the infinite one


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=30))
def test_a_curve_falls_from_the_mean_towards_the_minimum_within_its_band(values: list[float]) -> None:
    curve = minimum_curve(values)
    assert curve["expected"].iloc[0] == pytest.approx(np.mean(values), rel=1e-9)
    assert curve["expected"].iloc[-1] >= min(values) * (1 - 1e-9)
    assert (np.diff(curve["expected"]) <= 1e-9 * max(values)).all()
    assert (curve["low"] <= curve["high"]).all() and set(curve["high"]) <= set(values)


@pytest.mark.parametrize("n", [1, 2, 30, 100])
def test_a_curve_has_every_k_of_few_values(n: int) -> None:
    assert minimum_curve(np.arange(n))["k"].tolist() == [*range(1, n + 1)]


@given(st.integers(101, 20_000))
def test_a_curve_of_many_values_has_more_points_by_decades_only(n: int) -> None:
    points = curve_points(n)
    assert points[:100] == [*range(1, 101)] and points[-1] == n and len(points) <= 105 + 100 * np.log10(n / 100)
    assert (np.diff(points) >= 1).all() and max(b / a for a, b in pairwise(points[99:])) < 1.04


@pytest.mark.parametrize("k", [0, 4])
def test_k_is_from_one_to_the_number_of_values(k: int) -> None:
    with pytest.raises(ValueError, match=f"k is {k}"):
        expected_minimum([1, 2, 3], k, replace=False)


def test_mean_and_band_of_a_curve_are_of_one_scheme_the_bootstrap_of_the_paper() -> None:
    # Of 1, 2, 3 drawn with replacement, the 3^k tuples have the minimum 1, 2, 3: 1, 1, 1; 5, 3, 1; 19, 7, 1 times.
    curve = minimum_curve([3.0, 1.0, 2.0])
    assert curve["k"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(curve["expected"], [2, (5 + 2 * 3 + 3) / 9, (19 + 2 * 7 + 3) / 27], rtol=1e-12)
    # The last of them, 4/3, is above the minimum, and the band still has a width there: 26 of 27 are fewer than 97.5%.
    assert curve["low"].tolist() == [1, 1, 1] and curve["high"].tolist() == [3, 3, 3]
    assert minimum_curve([3.0, 1.0, 2.0], ks=[2])["expected"].tolist() == [curve["expected"][1]]


@pytest.mark.parametrize("k", [1, 5, 9])
def test_a_curve_is_the_mean_and_the_spread_of_the_bootstrap(k: int) -> None:
    # The published bootstrap itself, as a second implementation: draw, take the minimum, look at all of them.
    rng = np.random.default_rng(1)
    values = rng.lognormal(2, 1, 9)
    minima = rng.choice(values, size=(100_000, k)).min(axis=1)
    row = minimum_curve(values).iloc[k - 1]
    assert row["expected"] == pytest.approx(minima.mean(), abs=4 * minima.std() / np.sqrt(len(minima)) + 1e-12)
    for end, q in (("low", 0.025), ("high", 0.975)):
        assert (minima < row[end]).mean() <= q + 0.005 and (minima <= row[end]).mean() >= q - 0.005
