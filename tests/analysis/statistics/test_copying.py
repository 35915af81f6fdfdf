"""Generators that copy by rule, and some that do not, in a space of eight features; beside slow loops written apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from benchmark.analysis.statistics.copying import Floats, c_t, relative_distances, share_of_copies, z_u

CENTRES = 6 * np.random.default_rng(100).normal(size=(5, 8))


def fresh(n: int, seed: int) -> Floats:
    """Points of five clusters, of different spreads."""
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 5, n)
    return CENTRES[cluster] + (0.3 + cluster[:, None] / 2) * rng.normal(size=(n, 8))


TRAIN, TEST = fresh(3_000, 0), fresh(1_000, 1)


def cells(points: Floats) -> np.ndarray:
    return cdist(points, CENTRES).argmin(1)


def of_test() -> tuple[Floats, Floats]:
    """The test points' distances to the nearest training point, and to the nearest other test point."""
    among = cdist(TEST, TEST)
    np.fill_diagonal(among, np.inf)
    return cdist(TEST, TRAIN).min(1), among.min(1)


def scores(generated: Floats) -> tuple[float, float]:
    """The share of copies, and C_T."""
    to_training, to_test = of_test()
    usual = float(np.median(to_training))
    found = cdist(generated, TRAIN).min(1), cdist(generated, TEST).min(1)
    share = share_of_copies(relative_distances(*found, usual), relative_distances(to_training, to_test, usual))
    return share, c_t(found[0], cells(generated), to_training, cells(TEST))


def noisy(points: Floats, level: float) -> Floats:
    return points + level * np.random.default_rng(2).normal(size=points.shape)


def test_a_generator_that_hands_out_training_points_is_caught() -> None:
    share, z = scores(TRAIN[:1_000])
    assert share == 1 and z < -10


def test_a_generator_that_hands_out_training_points_with_a_little_noise_is_caught() -> None:
    share, z = scores(noisy(TRAIN[:1_000], 0.02))
    assert share > 0.98 and z < -10


def test_a_generator_that_draws_the_test_points_is_not_caught() -> None:
    share, z = scores(TEST)
    assert share == 0 and z == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("seed", range(10, 20))
def test_a_generator_that_draws_fresh_points_has_a_share_of_one_percent_and_c_t_near_zero(seed: int) -> None:
    share, z = scores(fresh(1_000, seed))
    assert share == pytest.approx(0.01, abs=4 * 0.1 * math.sqrt(1 / 1_000 + 1 / 1_000))
    assert abs(z) < 4 * math.sqrt(0.2)  # the mean of five independent standard normal variables


@pytest.mark.parametrize("copied", [0.1, 0.5])
def test_the_share_of_a_generator_that_copies_now_and_then_is_how_often_it_does(copied: float) -> None:
    count = int(1_000 * copied)
    share, z = scores(np.concatenate([TRAIN[:count], fresh(1_000 - count, 3)]))
    assert share == pytest.approx(copied + 0.01 * (1 - copied), abs=0.015)
    assert z < -1


@pytest.mark.slow
def test_a_generator_that_draws_a_few_points_again_and_again_is_caught_if_they_are_training_points_alone() -> None:
    for seed in range(20):
        chosen = np.random.default_rng(seed).integers(0, 1_000, 5)
        own = np.repeat(noisy(fresh(1_000, 4)[chosen], 0.01), 200, axis=0)
        assert scores(own)[0] <= 0.2  # of 100 points one has a rare distance by chance
        assert scores(np.repeat(noisy(TRAIN[chosen], 0.01), 200, axis=0))[0] == 1


def test_a_generator_that_draws_nothing_real_is_not_caught() -> None:
    far = np.full((1_000, 8), 60.0) + np.random.default_rng(0).normal(size=(1_000, 8))
    share, z = scores(far)
    assert share == 0 and z > 10
    middle = np.repeat(CENTRES.mean(0, keepdims=True), 1_000, axis=0)
    assert scores(middle)[0] == 0


def test_z_u_is_scipys_u_as_a_z_score_and_that_of_a_count_of_pairs() -> None:
    rng = np.random.default_rng(0)
    generated, test = rng.normal(size=40).round(1), rng.normal(0.5, 1, 30).round(1)  # with ties
    farther = sum((a > b) + (a == b) / 2 for a in generated for b in test)
    assert mannwhitneyu(generated, test).statistic == farther
    assert z_u(generated, test) == pytest.approx((farther - 600) / math.sqrt(40 * 30 * 71 / 12), rel=1e-12)


def test_z_u_matches_hand_values() -> None:
    # All 4 pairs one way: U = 0 or 4, its mean 2, its variance 2 * 2 * 5 / 12.
    assert z_u(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == pytest.approx(-2 / math.sqrt(20 / 12))
    assert z_u(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == pytest.approx(2 / math.sqrt(20 / 12))
    assert z_u(np.ones(3), np.ones(5)) == 0


def test_c_t_is_the_mean_of_the_cells_that_count_weighted_by_test_images() -> None:
    rng = np.random.default_rng(0)
    generated, test = rng.random(200), rng.random(100)
    generated_cells = np.repeat([0, 1, 2], [100, 19, 81])  # too few generated ones in cell 1
    test_cells = np.repeat([0, 1, 2, 3], [20, 20, 40, 20])  # none generated in cell 3
    parts = [z_u(generated[:100], test[:20]), z_u(generated[119:], test[40:80])]
    assert c_t(generated, generated_cells, test, test_cells) == pytest.approx((20 * parts[0] + 40 * parts[1]) / 60)
    few = slice(0, 10)
    assert c_t(generated[few], generated_cells[few], test, test_cells) == z_u(generated[few], test)


def test_the_bound_of_rare_distances_is_one_that_a_fresh_image_passes_with_a_probability_of_one_percent() -> None:
    # Of 199 test images the bound is the second lowest: each of 200 exchangeable ones is among the lowest two with 2 / 200.
    test = np.random.default_rng(0).permutation(np.arange(1.0, 200.0))
    assert share_of_copies(np.array([1.0, 1.99, 2.0, 3.0]), test) == 0.5


def test_distances_that_are_rounding_are_equally_near() -> None:
    relative = relative_distances(np.array([0.0, 1e-6, 0.0, 2.0, 1.0]), np.array([1e-7, 0.0, 1.0, 1.0, 0.0]), usual=1.0)
    assert relative.tolist() == [1, 1, 1e-3, 2, 1e3]


@given(st.floats(0.01, 100), st.integers(0, 1000))
def test_the_scores_do_not_depend_on_the_unit_of_the_features(unit: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    to_training, to_test, generated = rng.random((3, 50)) * 2
    bound = relative_distances(to_training, to_test, 1.0)
    assert np.allclose(relative_distances(unit * to_training, unit * to_test, unit), bound)
    assert z_u(unit * generated, unit * to_training) == pytest.approx(z_u(generated, to_training))
