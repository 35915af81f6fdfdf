"""The base class of feature extractors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from benchmark.data import DataSet, classes_in_folder
from benchmark.data.base import require_images
from benchmark.plugins import UserError, classes


@dataclass(frozen=True)
class Learnt:
    """How well an extractor learnt to classify a data set.

    Attributes:
        accuracy: its test accuracy, in [0, 1].
        chance: the accuracy of always guessing the largest class, in [0, 1].
    """

    accuracy: float
    chance: float


class Extractor(ABC):
    """Turns images into feature vectors. Its key is part of the name of every score computed with it.

    Attributes:
        key: its short name, as in the score ``fid_<key>``.
        needs_classes: whether it learns to classify the data set, which then needs at least two classes.
        fingerprint: names its weights; scores with different fingerprints are never compared.

    Examples:
        The mean of each row of pixels as a feature:

        >>> import torch
        >>> from benchmark import Extractor
        >>> class Rows(Extractor):
        ...     key = "rows"
        ...     fingerprint = "1"
        ...
        ...     def __init__(self, dataset, device, report=print):
        ...         pass
        ...
        ...     def features(self, images):
        ...         return images.double().mean((1, 3))
        >>> Rows(None, None).features(torch.zeros((2, 1, 4, 4), dtype=torch.uint8)).shape
        torch.Size([2, 4])
    """

    key: ClassVar[str] = ""
    needs_classes: ClassVar[bool] = False
    fingerprint: str

    @abstractmethod
    def __init__(self, dataset: DataSet, device: torch.device, report: Callable[[str], None] = print) -> None: ...

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """The features float64 [n, d], on any device, of images uint8 [n, C, H, W]."""

    def class_scores(self, images: Tensor) -> Tensor:
        """The logits float64 [n, classes] of images uint8 [n, C, H, W], if the extractor is a classifier."""
        raise NotImplementedError(f"the extractor {self.key!r} gives no class scores")

    def learnt(self, dataset: DataSet) -> Learnt | None:
        """How well it learnt the data set's classes; None if it learnt none, or its weights ship with the package."""
        return None


def require_classes(dataset: DataSet | type[DataSet], key: str) -> None:
    """Checks that the extractor with this key, a classifier, can be trained on the data set.

    Raises:
        UserError: the data set holds no images, or has only one class; the message names extractors that need no classes.
    """
    require_images(dataset, f"The extractor {key!r}")
    require_several(dataset.classes, dataset.name, key)


def require_learnable(datasets: Iterable[str], extractor: type[Extractor]) -> None:
    """Checks, before reading any image, that folders of images have enough classes for the extractor.

    Args:
        datasets: their names; data sets that are not folders are left to ``require_classes``.

    Raises:
        UserError: a folder has only one class.
    """
    for name in datasets if extractor.needs_classes else ():
        if (count := classes_in_folder(name)) is not None:
            require_several(count, name, extractor.key)


def require_several(count: int, dataset: str, key: str) -> None:
    """Checks that a data set has more than one class."""
    if count == 1:
        every = classes("benchmark.metrics.extractors", Extractor)  # type: ignore[type-abstract]
        others = [other for other, cls in every.items() if not cls.needs_classes]
        raise UserError(
            f"{dataset} has only one class; the extractor {key!r} learns to tell classes apart, so it needs at least two.\n"
            f"Use --extractor {' or '.join(others)}, or sort the images into one folder per class."
        )
