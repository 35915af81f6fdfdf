"""The claim that WGAN's loss tells quality: its statistics by hand, and what it says of made tables. It mirrors no module."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.claims.training_curves import (
    ACROSS,
    ESTIMATE,
    OF_LEARNED,
    OTHERS,
    STEPS,
    WASSERSTEIN,
    WITHIN,
    TrainingCurves,
    best_curve,
    kendall,
    named,
    spearman,
)


def made(estimate: float, other: float, half: float = 0.1) -> pd.DataFrame:
    """A table in which WGAN's estimate has one correlation and every other GAN's discriminator the other."""
    curves = [(loss, ESTIMATE, estimate) for loss in WASSERSTEIN] + [(loss, "discriminator", other) for loss in OTHERS]
    curves += [(loss, STEPS, -0.9) for loss in WASSERSTEIN]
    rows = [
        {"loss": loss, "curve": curve, "kind": kind, "n": 30, "estimate": tau, "low": tau - half, "high": tau + half}
        for loss, curve, tau in curves
        for kind in (WITHIN, OF_LEARNED, ACROSS)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("estimate", "other", "word"),
    [
        (0.8, 0.1, "supported"),
        (0.8, 0.7, "undecided"),  # the intervals overlap
        (0.05, -0.02, "undecided"),
        (0.2, -0.6, "not supported"),  # a curve that rises surely as samples improve tells quality as well
        (-0.4, 0.0, "not supported"),
    ],
)
def test_the_verdict_follows_the_intervals(estimate: float, other: float, word: str) -> None:
    assert TrainingCurves().judge(made(estimate, other)).word == word


def test_kendalls_tau_counts_pairs() -> None:
    assert kendall([4, 3, 2, 1], [40, 30, 20, 10]) == 1
    assert kendall([1, 2, 3, 4], [40, 30, 20, 10]) == -1
    assert kendall([1, 3, 2, 4], [1, 2, 3, 4]) == pytest.approx((5 - 1) / 6)
    assert kendall([1, 1, 2, 3], [1, 2, 3, 4]) == pytest.approx(5 / 6)  # a tie is neither
    assert kendall([1, 1, 1, 1], [1, 2, 3, 4]) == 0


def test_spearmans_correlation_by_its_formula() -> None:
    estimate, low, high = spearman([*range(8), 90, 9], [0, 20, 10, 30, 40, 50, 60, 70, 80, 90], np.random.default_rng(0))
    assert estimate == pytest.approx(1 - 6 * (1 + 1 + 1 + 1) / (10 * 99))
    assert low <= estimate <= high


def test_the_critics_loss_is_taken_with_its_sign_turned() -> None:
    assert named("WGAN", "discriminator") == (ESTIMATE, -1)
    assert named("WGAN", "generator") == ("generator", 1)
    assert named("LS GAN", "discriminator") == ("discriminator", 1)


def test_the_best_curve_is_the_strongest_of_either_sign() -> None:
    rows = pd.DataFrame(
        [
            {"curve": "discriminator", "estimate": 0.3, "low": 0.2, "high": 0.4},
            {"curve": "generator", "estimate": -0.5, "low": -0.7, "high": -0.1},
        ]
    )
    best = best_curve(rows)
    assert (best["curve"], best["size_low"], best["size_high"]) == ("generator", 0.1, 0.7)
