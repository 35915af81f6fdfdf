"""The pixels themselves as features: the baseline that an extractor has to beat."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmark.data import DataSet
from benchmark.metrics.extractors.base import Extractor


class PixelExtractor(Extractor):
    """Features [n, C * H * W]: the pixels in [0, 1]."""

    key = "pixels"

    def __init__(self, dataset: DataSet, device: torch.device, report: Callable[[str], None] = print) -> None:
        self.fingerprint = "identity"

    def features(self, images: Tensor) -> Tensor:
        return images.flatten(1).double() / 255
