from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmark.analysis.statistics.verdict import MOST, decide, judge, more_trials


@pytest.mark.parametrize(
    ("low", "high", "decision"),
    [
        (-3, -1.1, "better"),
        (1.1, 3, "worse"),
        (-0.9, 0.9, "equivalent"),
        (-3, 0, "undecided"),
        (0, 3, "undecided"),
        (-3, 3, "undecided"),
        (np.nan, np.nan, "undecided"),
        (-3, -1, "undecided"),
        (-0.9, -0.1, "equivalent"),
    ],
)
def test_what_an_interval_decides_at_a_margin_of_one(low: float, high: float, decision: str) -> None:
    assert decide(low, high, 1) == decision


def test_the_interval_is_welchs() -> None:
    a, b = [5.0, 6, 7], [9.0, 11, 10, 14]
    found = judge(a, b, 1)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert (found.n, found.n_baseline, found.mean, found.mean_baseline, found.difference) == (3, 4, 6, 11, -5)
    assert found.improvement[0] == 1


@pytest.mark.parametrize(("truth", "right"), [(-3.0, "better"), (3.0, "worse"), (0.0, "equivalent")])
def test_enough_trials_give_the_right_verdict(truth: float, right: str) -> None:
    rng = np.random.default_rng(0)
    decisions = [judge(rng.normal(truth, 1, 60), rng.normal(0, 1, 60), 1).decision for _ in range(100)]
    assert decisions.count(right) >= 95 and set(decisions) <= {right, "undecided"}


def test_a_loss_at_the_margin_is_rarely_decided() -> None:
    rng = np.random.default_rng(1)
    decisions = [judge(rng.normal(1, 1, 20), rng.normal(0, 1, 20), 1).decision for _ in range(800)]
    for wrong in ("worse", "equivalent"):  # each error is half of 5%
        assert decisions.count(wrong) / 800 <= 0.025 + 3 * 0.0055


@pytest.mark.parametrize(("shift", "margin"), [(0.5, 0.0), (0.0, 0.8), (2.0, 1.0)])
def test_that_many_more_trials_decide_four_of_five_cases(shift: float, margin: float) -> None:
    a = stats.norm.ppf((np.arange(6) + 0.5) / 6)  # a sample whose mean and spread are taken for the truth
    b = a + shift
    assert judge(a, b, margin).decision == "undecided"
    more = more_trials(a, b, margin, 0.95)
    assert more is not None and more > 0
    rng, n, spread = np.random.default_rng(2), len(a) + more, a.std(ddof=1)
    decided = np.mean(
        [judge(rng.normal(0, spread, n), rng.normal(shift, spread, n), margin).decision != "undecided" for _ in range(400)]
    )
    assert decided == pytest.approx(0.8, abs=0.07)


def test_what_no_number_of_trials_can_decide() -> None:
    same = [1.0, 2.0, 3.0]
    assert more_trials(same, same, 0.0, 0.95) is None  # no difference, and no margin to call it the same within
    assert more_trials([1.0], same, 1.0, 0.95) is None  # one trial has no spread
    assert judge([1.0], same, 1.0).decision == "undecided"
    assert MOST >= 10_000


def test_a_decided_case_needs_no_more() -> None:
    assert judge([1, 1.1, 0.9], [9, 9.1, 8.9], 1).more == 0
