"""What a data set is: images in uint8, or points of the plane, held in memory, in three splits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from benchmark.plugins import UserError

DATA_FOLDER = Path("data")


@dataclass(frozen=True)
class Split:
    """Images uint8 [n, C, H, W], or points float32 [n, 2, 1, 1] in [0, 1], and their classes int64 [n]."""

    images: NDArray[Any]
    labels: NDArray[np.int64]

    def __getitem__(self, rows: slice) -> Split:
        return Split(self.images[rows], self.labels[rows])

    def __len__(self) -> int:
        return len(self.images)


def joined(splits: Iterable[Split]) -> Split:
    """The splits one after the other."""
    parts = list(splits)
    return Split(np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts]))


def without_validation(published: Split, split: str, share: int) -> Split:
    """The ``train`` or ``validation`` part of a published training set, whose last images, one in ``share``, validate."""
    held_out = len(published) // share
    return published[: len(published) - held_out] if split == "train" else published[len(published) - held_out :]


class DataSet(ABC):
    """A data set of images, or of points, which are pictures of one pixel to all that trains on them.

    Attributes:
        key: its short name, in file names and tables.
        name: its name in print, by default its key.
        aliases: other names users type.
        holds: ``images`` or ``points``; what is made for images alone refuses points.
        image_shape: (C, H, W), of points (2, 1, 1).
        architecture: the key of the networks that train on it.
        metrics: the names of what scores it where nobody says otherwise, the one that compares trials first.
        classes: the number of classes that ``labels`` takes.
        splits: what ``load`` gives; ``validation``, of images in no other split, may be absent.
        held_out: whether the validation split is taken from the published training images, so that those are ``train`` and
            ``validation`` together; else it is published, or made, beside them.
        paper_steps: steps of batch 64 in the study's budget.
        paper_evaluations: how often a run is scored at that budget (every five epochs).
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[Literal["images", "points"]] = "images"
    image_shape: ClassVar[tuple[int, int, int]]
    architecture: ClassVar[str] = "infogan"
    metrics: ClassVar[tuple[str, ...]] = ("fid",)
    classes: ClassVar[int]
    splits: ClassVar[tuple[str, ...]] = ("train", "validation", "test")
    held_out: ClassVar[bool] = False
    paper_steps: ClassVar[int] = 15_625
    paper_evaluations: ClassVar[int] = 4

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # its base's name would take it for its base
            cls.name = cls.key

    def __init__(self, folder: Path = DATA_FOLDER, *, validation: bool = True) -> None:
        """The data set, its files in ``folder``.

        Args:
            validation: whether runs are scored against validation images too, and do not train on them.
        """
        self.folder = folder
        self.validation = validation and self.can_validate()

    @classmethod
    def can_validate(cls) -> bool:
        """Whether it has validation images."""
        return "validation" in cls.splits

    def training_images(self) -> Split:
        """The images that train: without validation all that are published for training.

        Raises:
            UserError: the data cannot be had, with what to do.
        """
        if self.validation or not (self.held_out and self.can_validate()):
            return self.load("train")
        return joined(self.load(split) for split in ("train", "validation"))

    @abstractmethod
    def load(self, split: str) -> Split:
        """The images of ``train``, ``validation`` or ``test``, fetched first if need be.

        Raises:
            UserError: the data cannot be had, with what to do.
        """


def require_images(dataset: DataSet | type[DataSet], what: str) -> None:
    """Checks that the data set holds images.

    Args:
        what: what is made for them alone, as an error begins: ``The metric 'fid'``.

    Raises:
        UserError: it holds points.
    """
    if dataset.holds != "images":
        raise UserError(
            f"{what} is made for images; {dataset.name} holds {dataset.holds}, scored by {', '.join(dataset.metrics)}."
        )
