"""What all data sets share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.tiny_study import Pixels

from benchmark.data import DataSet, Split, find_dataset, known_datasets
from benchmark.data.base import check_declared
from benchmark.data.polygons import Triangles
from benchmark.metrics.fid import FID
from benchmark.plugins import UserError


def test_a_data_set_without_a_name_goes_by_its_key_whatever_it_derives_from() -> None:
    class Mine(DataSet):
        key = "mine"

    class Pentagons(Triangles):
        key = "pentagons"

    assert (Mine.name, Pentagons.name, Triangles.name) == ("mine", "pentagons", "Triangles")


class Tens(DataSet):
    """Ten images in each split, all of one grey value."""

    key = "tens"
    image_shape = (1, 28, 28)
    classes = 1

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


def test_validation_is_held_out_of_the_published_training_images_of_four_data_sets() -> None:
    # 60,000 published images of MNIST and Fashion-MNIST train without validation, 50,000 of both CIFAR-10; CelebA and the
    # polygons have validation images of their own.
    assert {key for key, cls in known_datasets().items() if cls.held_out} == {
        "mnist",
        "fashion-mnist",
        "cifar10",
        "cifar10-jpeg",
    }


@pytest.mark.parametrize("validation", [True, False])
def test_images_that_train_are_never_scored_against_as_validation(validation: bool, tmp_path: Path) -> None:
    metric = FID.by(Pixels(), HeldOut(tmp_path, validation=validation))
    scores = metric.of(torch.zeros(10, 1, 28, 28, dtype=torch.uint8))
    assert list(scores) == ["fid_pixels", "fid_pixels_validation"][: 1 + validation]


def test_a_data_set_without_validation_images_does_not_validate() -> None:
    assert not WithoutValidation(validation=True).validation and HeldOut().validation


IMAGES, LABELS = np.zeros((6, 1, 28, 28), np.uint8), np.arange(6) % 2


class Given(DataSet):
    """What it is given, as every split."""

    key = "given"
    image_shape = (1, 28, 28)
    classes = 2

    def __init__(self, made: Any) -> None:
        self.made = made

    def load(self, split: str) -> Split:
        return self.made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ((IMAGES, LABELS), "returned tuple; a benchmark.Split"),
        (Split((IMAGES / 255).astype(np.float32), LABELS), "images of type float32; a NumPy array, uint8 from 0 to 255"),
        (Split(IMAGES.astype(np.int64), LABELS), "images of type int64"),
        (Split(torch.from_numpy(IMAGES), LABELS), "images of type Tensor"),  # type: ignore[arg-type]
        (Split(IMAGES[:, 0], LABELS), r"images of shape (6, 28, 28); [n, 1, 28, 28], n above 0, is needed"),
        (Split(IMAGES[:, :, :14], LABELS), r"images of shape (6, 1, 14, 28)"),
        (Split(IMAGES[:0], LABELS[:0]), r"images of shape (0, 1, 28, 28)"),
        (Split(IMAGES, LABELS[:4]), r"labels int64 (4,); whole numbers in a NumPy array, shape (6,)"),
        (Split(IMAGES, LABELS / 1), r"labels float64 (6,)"),
        (Split(IMAGES, [0] * 6), "labels list"),  # type: ignore[arg-type]
        (Split(IMAGES, LABELS + 1), "labels from 1 to 2; for 2 classes they must be 0 to 1"),
        (Split(IMAGES, LABELS - 1), "labels from -1 to 0"),
    ],
)
def test_what_a_data_set_loads_is_what_it_declares(made: Any, said: str) -> None:
    with pytest.raises(UserError) as raised:
        Given(made).load("train")
    assert str(raised.value).startswith("Given.load('train') returned ") and said in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_what_can_be_brought_to_it_is() -> None:
    made = Given(Split(IMAGES[::-1], LABELS.astype(np.uint8))).load("test")
    assert torch.from_numpy(made.images).shape == (6, 1, 28, 28) and made.labels.dtype == np.int64


def test_points_are_float32_from_0_to_1() -> None:
    class Points(Given):
        key, holds, image_shape = "points", "points", (2, 1, 1)

    points = np.linspace(0, 1, 12, dtype=np.float32).reshape(6, 2, 1, 1)
    assert len(Points(Split(points, LABELS)).load("train")) == 6
    for wrong in (2 * points, points * np.float32(np.nan), points.astype(np.float64)):
        with pytest.raises(UserError, match="float32 from 0 to 1"):
            Points(Split(wrong, LABELS)).load("train")


def test_a_data_set_made_from_another_one_is_checked_as_itself() -> None:
    class Wider(Given):
        key, image_shape = "wider", (1, 32, 32)

        def load(self, split: str) -> Split:
            made = super().load(split)
            return Split(np.pad(made.images, ((0, 0), (0, 0), (2, 2), (2, 2))), made.labels)

    assert Wider(Split(IMAGES, LABELS)).load("train").images.shape == (6, 1, 32, 32)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("image_shape = (28, 28)", "image_shape = (28, 28): three whole numbers, (C, H, W), is needed"),
        ("image_shape = (4, 28, 28)", "image_shape = (4, 28, 28): (C, H, W) with 1 or 3 channels is needed"),
        ("classes = 0", "classes = 0: a whole number of 1 or more is needed"),
        ("splits = ('train',)", "splits = ('train',): "),
        ("splits = ('train', 'tset')", "splits = ('train', 'tset'): "),
        ("holds = 'music'", "holds = 'music': Accepted: images, points"),
        ("metrics = 'fid'", "metrics = 'fid': a tuple of names is needed"),
        ("paper_steps = 1.5", "paper_steps = 1.5: a whole number of 1 or more is needed"),
    ],
)
def test_what_a_data_set_declares_is_checked_when_it_is_found(tmp_path: Path, line: str, said: str) -> None:
    text = (Path(__file__).parents[1] / "support" / "stripes.py").read_text()
    (tmp_path / "own.py").write_text(text.replace("    images = 300", f"    {line}\n    images = 300"))
    with pytest.raises(UserError) as raised:
        find_dataset(str(tmp_path / "own.py"))
    assert str(raised.value).startswith("Stripes: ") and said in str(raised.value)
    (tmp_path / "own.py").write_text(text.replace("    classes = 2\n", ""))
    with pytest.raises(UserError, match="Stripes: classes is missing"):
        find_dataset(str(tmp_path / "own.py"))


def test_the_data_sets_of_the_package_declare_what_they_must() -> None:
    for cls in known_datasets().values():
        check_declared(cls)
