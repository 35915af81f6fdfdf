from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.metrics.degradations import (
    CHANGES,
    LEVELS,
    blurred,
    brightened,
    checkered,
    darkened,
    duplicated,
    lifted,
    noisy,
    replacements,
    thresholded,
    triangles,
)

NOTHING = torch.Generator()


def row(*values: int) -> torch.Tensor:
    return torch.tensor([[[values]]], dtype=torch.uint8)


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_of_level_nought_changes_nothing(kind: str) -> None:
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(CHANGES[kind](images, 0.0, torch.Generator().manual_seed(0)), images)


def test_every_degradation_has_three_strengths_or_more_beside_none() -> None:
    assert all(levels[0] == 0 and len(levels) >= 4 and list(levels) == sorted(set(levels)) for levels in LEVELS.values())


def test_noise_has_the_deviation_asked_for() -> None:
    grey = torch.full((1, 1, 200, 200), 128, dtype=torch.uint8)
    changed = noisy(grey, 0.1, torch.Generator().manual_seed(0))
    assert changed.double().std().item() / 255 == pytest.approx(0.1, rel=0.03)


def test_blur_spreads_a_point_as_a_gaussian_does() -> None:
    point = torch.zeros(1, 1, 21, 21, dtype=torch.uint8)
    point[0, 0, 10, 10] = 255
    spread = blurred(point, 1.0, NOTHING)[0, 0]
    weights = np.exp(-(np.arange(-4.0, 5) ** 2) / 2)
    assert spread[10, 10].item() == pytest.approx(255 / weights.sum() ** 2, abs=1)
    assert spread[10, 11].item() == pytest.approx(spread[10, 10].item() * weights[5], abs=1)


def test_changes_of_greys_by_hand() -> None:
    assert torch.equal(brightened(row(0, 51, 102, 204), 1.0, NOTHING), row(0, 102, 204, 255))
    assert torch.equal(darkened(row(0, 51, 102, 255), 1.0, NOTHING), row(0, 10, 41, 255))  # 51/255 = 0.2, squared 0.04
    assert torch.equal(lifted(row(0, 51, 204, 255), 0.2, NOTHING), row(51, 102, 255, 255))
    assert torch.equal(thresholded(row(0, 127, 128, 255), 1.0, NOTHING), row(0, 0, 255, 255))
    assert torch.equal(thresholded(row(0, 100, 155, 255), 0.5, NOTHING), row(0, 50, 205, 255))


def test_a_checkerboard_is_added_to_one_half_of_the_pixels_and_taken_from_the_other() -> None:
    changed = checkered(torch.full((1, 1, 2, 3), 100, dtype=torch.uint8), 0.2, NOTHING)
    assert changed[0, 0].tolist() == [[151, 49, 151], [49, 151, 49]]


def test_triangles_take_the_shape_of_the_data_set() -> None:
    drawn = triangles(3, (3, 32, 32), np.random.default_rng(0))
    assert drawn.shape == (3, 3, 32, 32) and drawn.dtype == np.uint8
    assert drawn.min() == 0 and drawn.max() == 255


def test_images_are_replaced_by_spare_ones_of_the_classes_that_stay() -> None:
    labels = np.arange(40) % 4  # mode dropping leaves out 0 and 2
    pixels = np.arange(40, dtype=np.uint8)[:, None, None, None]
    found = replacements(pixels[:10], labels[:10], pixels, labels, np.arange(10, 40), 3, np.zeros_like(pixels[:10]))
    dropped, alone = found["mode dropping"], found["one class only"]
    assert set(labels[dropped.rows]) == {0, 2} and set(labels[dropped.images.flatten()]) == {1, 3}
    assert set(labels[alone.rows]) == {0, 1, 2} and set(labels[alone.images.flatten()]) == {3}
    assert dropped.images.min() >= 10 and alone.images.min() >= 10
    assert len(dropped.images) == len(alone.images) == 10
    assert found["inversion"].images.flatten().tolist() == list(range(255, 245, -1))


def test_duplicates_are_copies_of_the_images_that_stay() -> None:
    assert duplicated(6, 0.5).tolist() == [0, 1, 2, 0, 1, 2]
    assert duplicated(6, 1.0).tolist() == [0] * 6
