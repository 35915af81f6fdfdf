from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.statistics.intervals import bootstrap_interval, interquartile_mean


def test_the_interquartile_mean_is_that_of_the_middle_half() -> None:
    assert interquartile_mean([100, 2, 4, 1]) == 3  # 1 and 100 go
    assert interquartile_mean([8, 1, 2, 3, 4, 5, 6, 900]) == 4.5  # two go at each end
    assert interquartile_mean([1, 2, 9]) == 4  # a quarter of three is none
    assert interquartile_mean([np.inf, 2, 4, 1]) == 3


def test_the_interval_is_the_bca_interval_of_efron() -> None:
    # Written out by Efron and Tibshirani 1993, equations 14.9 to 14.15.
    from scipy.stats import norm

    values = np.random.default_rng(1).exponential(size=30)
    low, high = bootstrap_interval(values, np.mean, np.random.default_rng(2), resamples=40_000)
    means = np.random.default_rng(3).choice(values, (40_000, 30)).mean(axis=1)
    z0 = norm.ppf((means < values.mean()).mean())
    left_out = np.array([np.delete(values, i).mean() for i in range(30)])
    deviations = left_out.mean() - left_out
    a = (deviations**3).sum() / (6 * (deviations**2).sum() ** 1.5)
    ends = [norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in norm.ppf([0.025, 0.975])]
    assert (low, high) == pytest.approx(tuple(np.quantile(means, ends)), rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("statistic", "truth"), [(np.mean, 1.0), (interquartile_mean, None)])
def test_a_95_percent_interval_of_skewed_scores_covers_the_truth_nearly_as_often_as_it_says(statistic, truth) -> None:
    rng = np.random.default_rng(0)
    if truth is None:  # the interquartile mean of the exponential distribution, by integration
        x = -np.log1p(-np.linspace(0.25, 0.75, 100_001))
        truth = float(np.trapezoid(x, dx=0.5 / 100_000) / 0.5)
    intervals = np.array([bootstrap_interval(rng.exponential(size=40), statistic, rng, resamples=399) for _ in range(400)])
    share = np.mean((intervals[:, 0] <= truth) & (intervals[:, 1] >= truth))
    assert 0.90 <= share <= 0.98  # the standard error of 0.95 is 0.011; n = 40 skewed values cost BCa up to 2 points


def test_the_same_generator_gives_the_same_interval() -> None:
    ends = [bootstrap_interval([1, 4, 2, 8], np.mean, np.random.default_rng(5)) for _ in range(2)]
    assert ends[0] == ends[1] and 1 <= ends[0][0] < 3.75 < ends[0][1] <= 8


def test_degenerate_samples_have_honest_intervals() -> None:
    assert np.isnan(bootstrap_interval([3.0], np.mean, np.random.default_rng(0))).all()
    assert np.isnan(bootstrap_interval([3.0, np.inf], np.mean, np.random.default_rng(0))).all()
    assert bootstrap_interval([3.0, 3.0], np.mean, np.random.default_rng(0)) == (3, 3)
    low, high = bootstrap_interval([1, 1, 1, 1, 1, 1, 1, 1, 9], interquartile_mean, np.random.default_rng(0))
    assert np.isfinite([low, high]).all() and low <= 1 <= high  # the jackknife does not move this statistic
