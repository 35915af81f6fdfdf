"""What a feature extractor is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from benchmark.data import DataSet


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
