from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance, wasserstein_distance_nd

from benchmark.data import find_dataset
from benchmark.data.gaussians import GaussianMixture, Gaussians, Grid, Ring, grid, ring
from benchmark.metrics import Generated, find_metric
from benchmark.metrics.extractors import find_extractor
from benchmark.metrics.modes import Modes, Wasserstein, mode_scores, wasserstein
from benchmark.plugins import UserError

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


PIXELS = find_extractor("pixels")


def generated(points: Floats, cls: type[Gaussians]) -> Generated:
    """A generator of these points [n, 2] of the plane."""
    scaled = torch.from_numpy(points / (2 * cls.half_side()) + 0.5).float()[:, :, None, None]
    return Generated(scaled, lambda z: scaled, "uniform")


def metric_on(name: str, cls: type[Gaussians]) -> Modes | Wasserstein:
    found = find_metric(name).on(cls(), PIXELS, torch.device("cpu"), print)
    assert isinstance(found, Modes | Wasserstein)
    return found


@pytest.mark.parametrize("cls", [Ring, Grid], ids=lambda c: c.key)
def test_modes_counts_those_that_are_missed_so_that_lower_is_better(cls: type[Gaussians]) -> None:
    k = len(cls.mixture.centres)
    points = np.concatenate([cls.mixture.centres[:3], np.full((1, 2), cls.half_side())])
    scores = metric_on("modes", cls)(generated(points, cls))
    assert list(scores) == ["modes_missed", "modes", "high_quality", "mode_kl"]
    assert scores == pytest.approx({"modes_missed": k - 3, "modes": 3, "high_quality": 3 / 4, "mode_kl": math.log(k / 3)})


@pytest.mark.slow
def test_wasserstein_compares_with_as_many_test_and_validation_points() -> None:
    metric, cls = metric_on("wasserstein", Ring), Ring
    test, validation = (cls.in_plane(cls().load(split).images) for split in ("test", "validation"))
    moved = test[:300] + np.array([0.3, 0.4])
    scores = metric(generated(moved, cls))
    assert list(scores) == ["wasserstein", "wasserstein_validation"]
    assert scores["wasserstein"] == pytest.approx(0.5, abs=1e-5)
    assert scores["wasserstein_validation"] == pytest.approx(wasserstein(moved, validation[:300]), abs=1e-5)
    # At most 2,000 of them, however many are drawn.
    many = np.concatenate([test[:2_000], np.full((3_000, 2), 2.0)])
    assert metric(generated(many, cls))["wasserstein"] == pytest.approx(0, abs=1e-6)


def test_names_and_fingerprints_say_what_is_scored_against_what() -> None:
    for name, column in (("modes", "modes_missed"), ("wasserstein", "wasserstein")):
        assert find_metric(name).named(PIXELS) == column == metric_on(name, Ring).name
        assert metric_on(name, Ring).fingerprint != metric_on(name, Grid).fingerprint
        assert metric_on(name, Ring).fingerprint == metric_on(name, Ring).fingerprint


@pytest.mark.parametrize("name", ["modes", "wasserstein"])
def test_images_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="mixture of Gaussians, which Triangles"):
        find_metric(name).on(find_dataset("triangles")(), PIXELS, torch.device("cpu"), print)


@pytest.mark.parametrize("name", ["fid", "kid", "improved-precision-recall", "inception-score", "precision-recall"])
def test_metrics_of_images_refuse_points(name: str) -> None:
    with pytest.raises(UserError, match=r"Ring of 8 Gaussians (holds points|has none)"):
        find_metric(name).on(Ring(), PIXELS, torch.device("cpu"), print)
