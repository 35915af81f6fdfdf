from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmark.analysis.statistics.differences import (
    Difference,
    difference,
    equivalent_within,
    holm,
    pairwise,
    probability_of_improvement,
)

pytestmark = pytest.mark.slow


def test_the_difference_agrees_with_scipys_welch_test() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(5, 1, 6), rng.normal(6, 3, 11)
    expected = stats.ttest_ind(a, b, equal_var=False)
    found = difference(a, b, 0.9)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-10)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.9)), rel=1e-10)


def test_the_difference_by_hand() -> None:
    found = difference([1, 2, 3], [2, 4, 6])  # variances 1 and 4, each over 3
    freedom = (5 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2)
    assert found.estimate == -2
    assert found.high == pytest.approx(-2 + stats.t.ppf(0.975, freedom) * np.sqrt(5 / 3))


def test_a_single_value_has_no_interval_and_equal_values_have_one_of_no_width() -> None:
    one = difference([1], [2, 3])
    assert one.estimate == -1.5 and np.isnan([one.low, one.high, one.p]).all()
    assert difference([1, 1], [2, 2]) == Difference(-1, -1, -1, 0)
    assert difference([1, 1], [1, 1, 1]) == Difference(0, 0, 0, 1)


def equivalence(a: np.ndarray, b: np.ndarray, margin: float) -> float:
    """The p-value of two one-sided tests (Schuirmann 1987)."""
    return float(max(stats.ttest_ind(a + s * margin, b, equal_var=False, alternative=k).pvalue for s, k in SIDES))


SIDES = ((1, "greater"), (-1, "less"))


def test_losses_at_the_margin_are_called_equivalent_at_most_5_percent_of_the_time() -> None:
    rng = np.random.default_rng(3)
    called = [equivalent_within(rng.normal(0, 1, 15), rng.normal(1, 2, 15)) < 1 for _ in range(3000)]
    assert np.mean(called) <= 0.05 + 3 * 0.004
    near = [equivalent_within(rng.normal(0, 1, 60), rng.normal(0, 1, 60)) < 1 for _ in range(300)]
    assert np.mean(near) > 0.95  # and it can be shown


def test_the_probability_of_improvement_by_hand() -> None:
    assert probability_of_improvement([1, 2], [2, 3])[0] == (1 + 1 + 0.5 + 1) / 4
    share, low, high = probability_of_improvement([1, 2, 3], [4, 5, 6])
    assert share == 1 and high == 1 and 0.3 < low < 0.9  # three runs of three do not make it certain
    assert probability_of_improvement([np.inf, 1], [np.inf, 5])[0] == (0.5 + 0 + 1 + 1) / 4


def test_its_interval_solves_newcombes_equation() -> None:
    a, b = np.arange(10.0), np.arange(10.0) + 2.5
    share, low, high = probability_of_improvement(a, b)
    for p in (low, high):
        average = (10 + 10) / 2  # method 5 puts (m + n) / 2 for m and n in the variance of Hanley and McNeil 1982
        q1, q2 = p / (2 - p), 2 * p**2 / (1 + p)
        variance = (p * (1 - p) + (average - 1) * (q1 - p**2) + (average - 1) * (q2 - p**2)) / 100
        assert abs(share - p) == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)


@pytest.mark.parametrize(("shift", "n", "m"), [(0, 5, 5), (1, 10, 10), (2.5, 8, 20)])
def test_its_95_percent_interval_covers_the_truth_95_percent_of_the_time(shift: float, n: int, m: int) -> None:
    rng = np.random.default_rng(0)
    truth = stats.norm.cdf(shift / np.sqrt(2))  # P(X < Y) for X ~ N(0, 1), Y ~ N(shift, 1)
    found = [probability_of_improvement(rng.normal(size=n), rng.normal(shift, 1, m))[1:] for _ in range(1500)]
    share = np.mean([low <= truth <= high for low, high in found])
    assert 0.93 <= share <= 0.99


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_one_losss_improvement_is_the_others_loss(a: list[int], b: list[int]) -> None:
    p, low, high = probability_of_improvement(a, b)
    assert probability_of_improvement(b, a) == pytest.approx((1 - p, 1 - high, 1 - low), abs=1e-6)
    assert 0 <= low <= p <= high <= 1


def test_holms_correction_by_hand() -> None:
    # sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1; none below the one before it
    np.testing.assert_allclose(holm([0.04, 0.01, np.nan, 0.03, 0.02]), [0.06, 0.04, np.nan, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.6, 0.9]), [1, 1])
    assert holm([]).shape == (0,)


def test_of_equal_losses_any_pair_differs_in_at_most_5_percent_of_studies() -> None:
    rng = np.random.default_rng(0)
    studies = [pairwise({name: rng.normal(size=10) for name in "abcd"}) for _ in range(250)]
    wrong = np.mean([(s["p"] < 0.05).any() for s in studies])
    assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 250)


def test_pairwise_has_a_row_per_pair_and_says_how_large_a_difference_is_ruled_out() -> None:
    table = pairwise({"a": [1.0, 2, 3], "b": [2.0, 4, 6], "c": [9.0]})
    assert list(zip(table["first"], table["second"], strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    within, a, b = table["equivalent_within"].iloc[0], np.array([1.0, 2, 3]), np.array([2.0, 4, 6])
    assert equivalence(a, b, within) == pytest.approx(0.05)
    assert table.loc[1, ["p", "p_rank", "ci_low", "equivalent_within"]].isna().all()
    assert table["p"].iloc[0] == pytest.approx(difference([1, 2, 3], [2, 4, 6]).p)  # the only pair that is tested
