from __future__ import annotations

import numpy as np
import pytest

from benchmark.data.gaussians import GaussianMixture, grid, ring


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
