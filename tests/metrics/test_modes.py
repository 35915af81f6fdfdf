from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance, wasserstein_distance_nd

from benchmark.data.gaussians import GaussianMixture, grid, ring
from benchmark.metrics.modes import mode_scores, wasserstein

Floats = NDArray[np.float64]
BOTH = pytest.mark.parametrize("truth", [ring(), grid()], ids=lambda t: t.name)


@BOTH
def test_a_true_sample_covers_every_mode_with_the_quality_of_a_gaussian(truth: GaussianMixture) -> None:
    scores = mode_scores(truth.sample(50_000, np.random.default_rng(0)), truth)
    assert scores["modes"] == len(truth.centres)
    assert scores["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.002)  # Rayleigh: P(r > 3 s) = exp(-9/2)
    assert scores["mode_kl"] < 0.001


@BOTH
def test_a_single_mode_is_at_log_k(truth: GaussianMixture) -> None:
    scores = mode_scores(np.repeat(truth.centres[:1], 20, axis=0), truth)
    assert scores == {"modes": 1, "high_quality": 1, "mode_kl": pytest.approx(math.log(len(truth.centres)))}


def test_half_of_the_modes_match_hand_values() -> None:
    truth = ring()
    points = np.concatenate([truth.centres[:4], np.zeros((4, 2))])  # the origin is far from every mode
    assert mode_scores(points, truth) == {"modes": 4, "high_quality": 0.5, "mode_kl": pytest.approx(math.log(2))}


def test_three_deviations_are_the_border_of_quality() -> None:
    truth = GaussianMixture("one", np.zeros((1, 2)), 0.1)
    assert mode_scores(np.array([[0.29, 0.0], [0.0, 0.31]]), truth)["high_quality"] == 0.5


def test_points_far_from_every_mode_have_an_infinite_divergence() -> None:
    assert mode_scores(np.full((3, 2), 100.0), ring()) == {"modes": 0, "high_quality": 0, "mode_kl": math.inf}


def test_moved_points_are_at_the_length_of_the_move() -> None:
    points = np.random.default_rng(0).normal(size=(50, 2))
    assert wasserstein(points, (points + np.array([3, 4]))[::-1]) == pytest.approx(5)


def test_on_a_line_it_is_scipys_distance_in_one_dimension() -> None:
    a, b = (np.random.default_rng(s).normal(size=40) for s in (0, 1))
    on_line = [np.stack([x, np.zeros(40)], axis=1) for x in (a, b)]
    assert wasserstein(*on_line) == pytest.approx(wasserstein_distance(a, b))


def test_in_the_plane_it_is_scipys_linear_programme() -> None:
    a, b = (ring().sample(12, np.random.default_rng(s)) for s in (0, 1))
    assert wasserstein(a, b) == pytest.approx(wasserstein_distance_nd(a, b))


@settings(deadline=None)
@given(arrays(float, (3, 6, 2), elements=st.floats(-10, 10)))
def test_it_is_a_metric(sets: Floats) -> None:
    a, b, c = sets
    assert wasserstein(a, a) == 0
    assert wasserstein(a, b) == pytest.approx(wasserstein(b, a))
    assert wasserstein(a, c) <= wasserstein(a, b) + wasserstein(b, c) + 1e-9


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((3, 3)), np.zeros(3), np.array([[0.0, np.nan]])])
def test_points_of_the_wrong_kind_are_an_error(points: Floats) -> None:
    with pytest.raises(ValueError, match=r"points"):
        mode_scores(points, ring())


def test_sets_of_different_sizes_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 points against 3"):
        wasserstein(np.zeros((2, 2)), np.zeros((3, 2)))
