from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.statistics.variance import nested_split, variance_split


def test_the_components_by_hand() -> None:
    # Two settings of two seeds: means 2 and 6; within = (1 + 1 + 4 + 4) / 2 = 5, between = 2 (4 + 4) / 1 = 16.
    found = variance_split([1, 3, 4, 8], ["a", "a", "b", "b"])
    assert found is not None
    assert (found.settings, found.seeds) == pytest.approx(((16 - 5) / 2, 5))
    assert found.share == pytest.approx(5.5 / 10.5)


def test_unequal_numbers_of_seeds_agree_with_searles_formula() -> None:
    values, groups = [1.0, 3, 2, 7, 9, 4], ["a", "a", "a", "b", "b", "c"]
    found = variance_split(values, groups)
    mean = 26 / 6
    between = (3 * (2 - mean) ** 2 + 2 * (8 - mean) ** 2 + (4 - mean) ** 2) / 2
    within = (1 + 1 + 0 + 1 + 1) / 3
    seeds_each = (6 - (9 + 4 + 1) / 6) / 2
    assert found is not None and found.settings == pytest.approx((between - within) / seeds_each)


@pytest.mark.parametrize("ratio", [0.25, 1.0, 9.0])
def test_the_share_is_recovered_and_its_interval_covers_it(ratio: float) -> None:
    rng = np.random.default_rng(0)
    truth, settings, seeds = ratio / (1 + ratio), 20, 4
    groups = np.repeat(np.arange(settings), seeds)
    found = [
        variance_split(np.sqrt(ratio) * rng.normal(size=settings)[groups] + rng.normal(size=settings * seeds), list(groups))
        for _ in range(400)
    ]
    assert np.mean([f.share for f in found if f]) == pytest.approx(truth, abs=0.05)
    assert 0.92 <= np.mean([f.low <= truth <= f.high for f in found if f]) <= 0.98


def test_what_has_no_split() -> None:
    assert variance_split([1, 2, 3], "aaa") is None  # one setting
    assert variance_split([1, 2, 3], "abc") is None  # one seed each
    assert variance_split([1, 2, np.inf], "aab") is None
    same = variance_split([1, 1, 5, 5], "aabb")
    assert same is not None and same.share == 1


def test_the_nested_components_by_hand() -> None:
    # Means of settings 2, 6 and 10, 14, of losses 4 and 12; mean squares 2 (seeds), 2 * 16 / 2 (settings), 4 * 32 (losses).
    found = nested_split([[[1, 3], [5, 7]], [[9, 11], [13, 15]]])
    assert (found.seeds, found.settings, found.losses) == pytest.approx((2, (16 - 2) / 2, (128 - 16) / 4))
    assert found.p == pytest.approx(1 - np.sqrt(8) / np.sqrt(2 + 8))  # F = 8 with 1 and 2 degrees: t with 2


def test_where_losses_are_settings_like_any_others_the_nested_test_rejects_one_in_twenty() -> None:
    rng = np.random.default_rng(0)
    settings = rng.normal(size=(2_000, 7, 2, 1))
    p = [nested_split(values).p for values in settings + 0.3 * rng.normal(size=(2_000, 7, 2, 5))]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.012)
    apart = rng.normal(size=(7, 1, 1)) * 10 + settings[0] + 0.3 * rng.normal(size=(7, 2, 5))
    assert nested_split(apart).p < 0.001


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[[1.0], [2.0]], [[3.0], [4.0]]], [[[1.0, np.inf]] * 2] * 2])
def test_nested_scores_of_another_shape_are_refused(values: list[object]) -> None:
    with pytest.raises(ValueError, match="two or more of each"):
        nested_split(values)
