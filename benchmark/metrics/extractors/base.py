"""What a feature extractor is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from benchmark.data import DataSet
from benchmark.data.base import require_images
from benchmark.plugins import UserError, classes


class Extractor(ABC):
    """Turns images into feature vectors. Its key is part of the name of every score computed with it.

    Attributes:
        key: its short name; ``fid_<key>`` is the score.
        fingerprint: names its weights; scores with different fingerprints are never compared.
    """

    key: ClassVar[str] = ""
    fingerprint: str

    @abstractmethod
    def __init__(self, dataset: DataSet, device: torch.device, report: Callable[[str], None] = print) -> None: ...

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Features float64 [n, d], on any device, of images uint8 [n, C, H, W]."""

    def class_scores(self, images: Tensor) -> Tensor:
        """Logits float64 [n, classes] of images uint8 [n, C, H, W], where the extractor is a classifier."""
        raise NotImplementedError(f"the extractor {self.key!r} gives no class scores")


def require_classes(dataset: DataSet, key: str) -> None:
    """Checks that a classifier, the extractor of that key, can be trained on the data set.

    Raises:
        UserError: it holds no images, or has one class only; the other extractors are named.
    """
    require_images(dataset, f"The extractor {key!r}")
    if dataset.classes < 2:
        others = [k for k in classes("benchmark.metrics.extractors", Extractor) if k != key]  # type: ignore[type-abstract]
        raise UserError(
            f"{dataset.name} has one class, and the extractor {key!r} is trained to tell classes apart.\n"
            f"Take another one: --extractor {' or '.join(others)}; or sort the images into folders, one for each class."
        )
