"""What all data sets share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from support.tiny_study import Pixels

from benchmark.data import DataSet, Split, known_datasets
from benchmark.data.polygons import Triangles
from benchmark.metrics.fid import FID


def test_a_data_set_without_a_name_goes_by_its_key_whatever_it_derives_from() -> None:
    class Mine(DataSet):
        key = "mine"

    class Pentagons(Triangles):
        key = "pentagons"

    assert (Mine.name, Pentagons.name, Triangles.name) == ("mine", "pentagons", "Triangles")


class Tens(DataSet):
    """Ten images in each split, all of one grey value."""

    key = "tens"

    def load(self, split: str) -> Split:
        return Split(np.full((10, 1, 28, 28), self.splits.index(split), np.uint8), np.zeros(10, np.int64))


class HeldOut(Tens):
    key = "held-out"
    held_out = True


class WithoutValidation(HeldOut):
    key = "without"
    splits = ("train", "test")


@pytest.mark.parametrize(
    ("dataset", "with_validation", "without"),
    [(Tens, [0] * 10, [0] * 10), (HeldOut, [0] * 10, [0] * 10 + [1] * 10), (WithoutValidation, [0] * 10, [0] * 10)],
)
def test_without_validation_what_was_held_out_trains(
    dataset: type[DataSet], with_validation: list[int], without: list[int]
) -> None:
    trained = {v: dataset(validation=v).training_images().images[:, 0, 0, 0].tolist() for v in (True, False)}
    assert trained == {True: with_validation, False: without}


def test_validation_is_held_out_of_the_published_training_images_of_three_data_sets() -> None:
    # 60,000 published images of MNIST and Fashion-MNIST train without validation, 50,000 of CIFAR-10; CelebA and the polygons
    # have validation images of their own.
    assert {key for key, cls in known_datasets().items() if cls.held_out} == {"mnist", "fashion-mnist", "cifar10"}


@pytest.mark.parametrize("validation", [True, False])
def test_images_that_train_are_never_scored_against_as_validation(validation: bool, tmp_path: Path) -> None:
    metric = FID.by(Pixels(), HeldOut(tmp_path, validation=validation))
    scores = metric.of(torch.zeros(10, 1, 28, 28, dtype=torch.uint8))
    assert list(scores) == ["fid_pixels", "fid_pixels_validation"][: 1 + validation]


def test_a_data_set_without_validation_images_does_not_validate() -> None:
    assert not WithoutValidation(validation=True).validation and HeldOut().validation
