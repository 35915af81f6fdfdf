"""What a feature extractor is."""

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
    """How well an extractor learnt to tell a data set's classes.

    Attributes:
        accuracy: the share, in [0, 1], of test images whose class it tells.
        chance: the share, in [0, 1], of the largest class of them: what guessing comes to.
    """

    accuracy: float
    chance: float


class Extractor(ABC):
    """Turns images into feature vectors. Its key is part of the name of every score computed with it.

    Attributes:
        key: its short name; ``fid_<key>`` is the score.
        needs_classes: whether it learns to tell a data set's classes, of which there must be two then.
        fingerprint: names its weights; scores with different fingerprints are never compared.

    Examples:
        Rows of an image as features, the mean of each:

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
        """Features float64 [n, d], on any device, of images uint8 [n, C, H, W]."""

    def class_scores(self, images: Tensor) -> Tensor:
        """Logits float64 [n, classes] of images uint8 [n, C, H, W], where the extractor is a classifier."""
        raise NotImplementedError(f"the extractor {self.key!r} gives no class scores")

    def learnt(self, dataset: DataSet) -> Learnt | None:
        """How well it learnt the classes of the data set; None where it learnt none, or its weights ship with the package."""
        return None


def require_classes(dataset: DataSet | type[DataSet], key: str) -> None:
    """Checks that a classifier, the extractor of that key, can be trained on the data set.

    Raises:
        UserError: it holds no images, or has one class only; the extractors that need none are named.
    """
    require_images(dataset, f"The extractor {key!r}")
    require_several(dataset.classes, dataset.name, key)


def require_learnable(datasets: Iterable[str], extractor: type[Extractor]) -> None:
    """Checks, before any of their images are read, that folders of images have the classes that the extractor learns.

    Args:
        datasets: names; what is no folder is looked at by ``require_classes``.

    Raises:
        UserError: one has one class only.
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
            f"{dataset} has one class, and the extractor {key!r} is trained to tell classes apart.\n"
            f"Take another one: --extractor {' or '.join(others)}; or sort the images into folders, one for each class."
        )
