from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.statistics.importance.cubic import explained_interval, fit_cubic


def test_a_cubic_is_found_and_explains_itself() -> None:
    x = np.linspace(-5, -2, 12)
    fitted = fit_cubic(x, 2 - x + 0.5 * x**3)
    assert fitted is not None and fitted.explained == pytest.approx(1)
    middle, low, high = fitted.at([-4.0, -3.0])
    assert (
        middle == pytest.approx([2 + 4 - 32, 2 + 3 - 13.5]) and low == pytest.approx(middle) and high == pytest.approx(middle)
    )


def test_what_is_left_is_what_the_cubic_does_not_explain() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(size=500)
    y = np.sqrt(12) * x + rng.normal(size=500)  # variances 1 and 1
    fitted = fit_cubic(x, y)
    assert fitted is not None and fitted.explained == pytest.approx(0.5, abs=0.05)
    assert fitted.residuals.var() == pytest.approx(y.var() * (1 - fitted.explained))
    low, high = explained_interval(x, y, rng)
    assert low < 0.5 < high < 0.6


def test_the_band_covers_the_truth() -> None:
    rng, x = np.random.default_rng(0), np.linspace(0, 1, 20)
    inside = []
    for _ in range(400):
        fitted = fit_cubic(x, x**2 + rng.normal(size=20))
        assert fitted is not None
        _, low, high = fitted.at([0.3])
        inside.append(bool(low[0] <= 0.09 <= high[0]))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("x", [[], [1.0], list(range(6)), [1.0, 2.0, 3.0] * 4])
def test_too_few_trials_or_values_have_no_cubic(x: list[float]) -> None:
    assert fit_cubic(x, np.arange(len(x))) is None
    assert np.isnan(explained_interval(x, np.arange(len(x)), np.random.default_rng(0))).all()


def test_equal_scores_have_no_cubic() -> None:
    assert fit_cubic(np.arange(10), np.ones(10)) is None
