from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from support.figure_words import words
from torch import Tensor

from benchmark.data import DataSet, Split
from benchmark.metrics import Generated, features
from benchmark.metrics.copying import CELLS, Copying, closest
from benchmark.metrics.extractors import Extractor
from benchmark.plugins import UserError


class Pixels(Extractor):
    """Pixels in [0, 1] as features."""

    key = "pixels"

    def __init__(self) -> None:
        self.fingerprint = "one"

    def features(self, images: Tensor) -> Tensor:
        return images.flatten(1).double() / 255


class Blind(Pixels):
    """The same features of every image."""

    def features(self, images: Tensor) -> Tensor:
        return torch.ones(len(images), 3, dtype=torch.float64)


class Pictures(DataSet):
    key = "pictures"
    image_shape = (1, 3, 3)
    classes = 2
    held_out = True
    sizes = {"train": 400, "validation": 100, "test": 300}

    def load(self, split: str) -> Split:
        count = self.sizes[split]
        return Split(images(count, seed=self.splits.index(split)), np.zeros(count, np.int64))


def images(count: int, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 1, 3, 3), dtype=np.uint8)


TRAIN, TEST = images(2_000, 0), images(500, 1)


@pytest.fixture(scope="module")
def metric(tmp_path_factory: pytest.TempPathFactory) -> Copying:
    return Copying(Pixels(), TRAIN, TEST, tmp_path_factory.mktemp("cache"))


def of(metric: Copying, generated: NDArray[np.uint8]) -> list[float]:
    scores = metric.of(torch.from_numpy(generated))
    assert list(scores) == ["copied_pixels", "nearer_training_pixels", "copying_ct_pixels"]
    return list(scores.values())


def noisy(real: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (real.astype(int) + np.random.default_rng(0).integers(-2, 3, real.shape)).clip(0, 255).astype(np.uint8)


def test_a_generator_that_hands_out_training_images_is_caught_and_one_that_draws_test_images_is_not(metric: Copying) -> None:
    copied, nearer, c_t = of(metric, TRAIN[300:800])
    assert (copied, nearer) == (1, 1) and c_t < -3
    copied, nearer, c_t = of(metric, TEST)
    assert (copied, nearer) == (0, 0) and c_t == pytest.approx(0, abs=1e-12)


def test_a_generator_that_hands_out_training_images_with_a_little_noise_is_caught(metric: Copying) -> None:
    copied, nearer, c_t = of(metric, noisy(TRAIN[:500]))
    assert copied > 0.99 and nearer > 0.99 and c_t < -3
    assert of(metric, noisy(TEST))[0] == 0


@pytest.mark.parametrize("seed", [10, 11, 12])
def test_fresh_images_are_nearer_to_training_images_as_often_as_real_images_are_such(metric: Copying, seed: int) -> None:
    copied, nearer, c_t = of(metric, images(1_000, seed))
    assert copied < 0.01 + 4 * 0.1 * math.sqrt(1 / 1_000 + 1 / 500)
    assert nearer == pytest.approx(2_000 / 2_500, abs=4 * math.sqrt(0.8 * 0.2 / 1_000))
    assert abs(c_t) < 1


def test_half_of_the_images_copied_are_a_share_of_a_half(metric: Copying) -> None:
    copied, nearer, c_t = of(metric, np.concatenate([TRAIN[:500], images(500, 10)]))
    assert copied == pytest.approx(0.505, abs=0.02)
    assert nearer == pytest.approx(0.9, abs=0.04)
    assert c_t < -1


def test_one_training_image_drawn_again_and_again_is_caught(metric: Copying) -> None:
    assert of(metric, np.repeat(TRAIN[7:8], 50, axis=0))[:2] == [1, 1]


def test_the_neighbours_are_those_of_tables_of_all_distances(metric: Copying) -> None:
    generated = images(30, 5)
    found = metric.neighbours_of(torch.from_numpy(generated))
    x, train, test = (part.reshape(len(part), -1) / 255 for part in (generated, TRAIN, TEST))
    to_training, to_test = cdist(x, train), cdist(x, test)
    assert found.training_rows.tolist() == to_training.argmin(1).tolist()
    assert found.test_rows.tolist() == to_test.argmin(1).tolist()
    np.testing.assert_allclose(found.relative, to_training.min(1) / to_test.min(1), rtol=1e-5)
    among = cdist(test, test)
    np.fill_diagonal(among, np.inf)
    np.testing.assert_allclose(metric.of_test.relative, cdist(test, train).min(1) / among.min(1), rtol=1e-5)
    centres = metric.cells.numpy() + train.mean(0)
    assert len(centres) == CELLS and metric.of_test.cells.tolist() == cdist(test, centres).argmin(1).tolist()


def test_the_same_cells_are_found_again(metric: Copying, tmp_path: Path) -> None:
    again = Copying(Pixels(), TRAIN, TEST, tmp_path)
    assert torch.equal(again.cells, metric.cells)


def test_the_picture_shows_the_closest_pairs_one_for_each_training_image_with_their_distances(metric: Copying) -> None:
    generated = np.concatenate([images(40, 6), noisy(TRAIN[5:6]), TRAIN[[3, 3]]])
    scores, figure = metric.pictured(Generated(torch.from_numpy(generated), lambda z: z, "uniform"))
    assert scores == metric.of(torch.from_numpy(generated))
    shown = [axes.get_images()[0].get_array() for axes in figure.axes]
    assert len(shown) == 24
    assert np.array_equal(shown[0], TRAIN[3, 0]) and np.array_equal(shown[8], TRAIN[3, 0])  # a copy, once
    assert np.array_equal(shown[1], generated[40, 0]) and np.array_equal(shown[9], TRAIN[5, 0])
    nearest_test = cdist(TRAIN[3].reshape(1, -1) / 255, TEST.reshape(500, -1) / 255)
    assert np.array_equal(shown[16], TEST[nearest_test.argmin(), 0])
    assert figure.axes[8].get_title() == "0" and figure.axes[16].get_title() == f"{nearest_test.min():.3g}"
    assert "training" in words(figure) and "test" in words(figure)


def test_the_picture_of_fewer_training_images_than_columns_leaves_the_others_empty(metric: Copying) -> None:
    _, figure = metric.pictured(Generated(torch.from_numpy(TRAIN[[3, 3, 4]]), lambda z: z, "uniform"))
    assert sum(bool(axes.get_images()) for axes in figure.axes) == 3 * 2


def test_the_closest_are_in_the_order_of_their_relative_distances() -> None:
    relative, rows = np.array([0.5, 0.1, 0.3, 0.2, 0.4]), np.array([1, 2, 3, 2, 1])
    assert closest(relative, rows, 8).tolist() == [1, 2, 4]
    assert closest(relative, rows, 2).tolist() == [1, 2]


def test_all_training_images_are_searched_and_a_fixed_choice_of_test_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "COMPARED", 250)
    chosen = Copying(Pixels(), TRAIN, TEST, tmp_path)
    assert chosen.fingerprint == "one-2000training-250of500" and chosen.real_images == 250
    every_second = Copying(Pixels(), TRAIN, TEST[::2], tmp_path)
    assert of(chosen, images(100, 3)) == of(every_second, images(100, 3))


@pytest.mark.parametrize(("validation", "count"), [(True, 400), (False, 500)])
def test_the_training_images_are_those_that_the_study_trains_on(tmp_path: Path, validation: bool, count: int) -> None:
    found = Copying.by(Pixels(), Pictures(tmp_path, validation=validation))
    assert found.fingerprint == f"one-{count}training"


@pytest.mark.parametrize("split", ["train", "test"])
def test_too_few_real_images_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str) -> None:
    monkeypatch.setattr(Pictures, "sizes", Pictures.sizes | {split: 99})
    with pytest.raises(UserError, match=r"99 .* images; the metric 'copying' needs at least 100"):
        Copying.by(Pixels(), Pictures(tmp_path, validation=True))


def test_features_that_tell_no_image_from_another_have_no_score(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="half of the test images"):
        Copying(Blind(), TRAIN, TEST, tmp_path)
