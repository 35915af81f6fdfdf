from __future__ import annotations

import numpy as np
import pytest

from benchmark.data import find_dataset
from benchmark.data.gaussians import GaussianMixture, Gaussians, Grid, Ring, grid, ring


def test_the_ring_has_eight_centres_at_radius_two_an_eighth_of_a_turn_apart() -> None:
    centres = ring().centres
    assert centres.shape == (8, 2)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 2)
    np.testing.assert_allclose(np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1), 4 * np.sin(np.pi / 8))


def test_the_grid_has_every_pair_of_its_ticks() -> None:
    ticks = (-4.0, -2.0, 0.0, 2.0, 4.0)
    assert {tuple(c) for c in grid().centres} == {(x, y) for x in ticks for y in ticks}


@pytest.mark.parametrize("truth", [ring(), grid()], ids=lambda t: t.name)
def test_samples_have_the_mixtures_mean_and_covariance(truth: GaussianMixture) -> None:
    points = truth.sample(200_000, np.random.default_rng(0))
    expected = np.cov(truth.centres.T, bias=True) + truth.deviation**2 * np.eye(2)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(points.T), expected, atol=0.05)


def test_the_same_generator_state_gives_the_same_points() -> None:
    a, b = (ring().sample(10, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


BOTH = pytest.mark.parametrize("cls", [Ring, Grid], ids=lambda c: c.key)


@BOTH
def test_the_data_sets_are_found_and_declare_that_they_hold_points(cls: type[Gaussians]) -> None:
    assert find_dataset(cls.key) is cls
    assert (cls.holds, cls.image_shape, cls.classes) == ("points", (2, 1, 1), len(cls.mixture.centres))


@BOTH
def test_the_networks_see_the_points_in_the_unit_square(cls: type[Gaussians]) -> None:
    split = cls().load("test")
    assert split.images.shape == (10_000, 2, 1, 1) and split.images.dtype == np.float32
    assert split.images.min() > 0 and split.images.max() < 1
    # A ring of radius 2 is seen in [-2.5, 2.5], a grid to 4 in [-5, 5].
    half = {"ring": 2.5, "grid": 5.0}[cls.key]
    plane = cls.in_plane(np.array([[0, 0], [1, 0.5], [0.5, 0.75]], np.float32)[:, :, None, None])
    np.testing.assert_allclose(plane, [[-half, -half], [half, 0], [0, half / 2]])


@BOTH
def test_labels_are_the_gaussians_that_the_points_lie_in(cls: type[Gaussians]) -> None:
    split = cls().load("validation")
    distances = np.linalg.norm(cls.in_plane(split.images)[:, None] - cls.mixture.centres, axis=2)
    np.testing.assert_array_equal(split.labels, distances.argmin(axis=1))
    assert split.labels.dtype == np.int64
    assert distances.min(axis=1).max() < 6 * cls.mixture.deviation


@BOTH
def test_splits_are_the_same_every_time_and_share_no_point(cls: type[Gaussians]) -> None:
    splits = {split: cls().load(split).images for split in cls.splits}
    assert {split: len(points) for split, points in splits.items()} == {"train": 50_000, "validation": 10_000, "test": 10_000}
    np.testing.assert_array_equal(splits["test"], cls().load("test").images)
    assert len({point.tobytes() for points in splits.values() for point in points}) > 69_900
