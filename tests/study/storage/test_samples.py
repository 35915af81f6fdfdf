from __future__ import annotations

import os

import pytest
import torch
from support.tiny_study import trials

from benchmark.study.storage.samples import SCATTER, read_generator, sample_picture, scatter
from benchmark.study.storage.store import Store


def test_points_are_dark_where_they_lie_with_y_upwards() -> None:
    points = torch.tensor([[0.0, 0.0], [0.999, 0.0], [0.0, 0.999], [0.0, 0.999], [1.0, 1.0]])[:, :, None, None]
    picture = scatter(points)
    assert picture.shape == (3, SCATTER, SCATTER) and picture.dtype == torch.uint8
    assert picture[:, -1, 0].tolist() == [128] * 3  # one point: half of 255
    assert picture[0, -1, -1] == 128  # the lower right
    assert picture[0, 0, 0] == 64  # the upper left, two points: a quarter
    assert picture[0, 0, -1] == 128  # on the border
    assert int((picture[0] < 255).sum()) == 4


def test_images_are_shown_side_by_side_and_points_scattered() -> None:
    images = torch.zeros(64, 1, 28, 28, dtype=torch.uint8)
    assert sample_picture(images).shape == (3, 8 * 29 + 1, 8 * 29 + 1)
    assert sample_picture(torch.full((5, 2, 1, 1), 0.5)).shape == (3, SCATTER, SCATTER)


def test_a_generator_that_is_no_file_cannot_be_read(store: Store) -> None:
    (trial,) = trials(1)
    store.folder(trial).mkdir(parents=True)
    os.mkfifo(store.generator(trial))
    with pytest.raises(ValueError, match="a pipe"):
        read_generator(store, trial)
