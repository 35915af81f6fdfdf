"""The default extractor: grey levels, and every layer of a small CNN trained on the data set. It sees greys and shapes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.metrics.extractors.trained import SmallClassifier, TrainedExtractor

BLOCKS = ((16, 3, 1), (32, 4, 2), (64, 3, 2), (64, 3, 1))  # channels, side of the kernel and stride of each convolution
GREYS = 8  # grey levels, evenly spaced from black to white
SMALLEST_DEVIATION = 1e-3  # features are of order 1: one that varies less is treated as constant on real images
CHUNK = 500  # images at once, for the features' mean and deviation


class LayeredClassifier(SmallClassifier):
    """Four convolutions, two of them with stride 2; ``features`` gives [n, 8 C + 176] values.

    They are the shares of eight grey levels in each of the C image channels, and the spatial means of the convolutions'
    channels. Each has mean 0 and standard deviation 1 over the real images passed to ``standardise``.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(channels, classes)
        inputs = (channels, *(width for width, _, _ in BLOCKS))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, side, stride, padding=1, bias=False) for i, (o, side, stride) in zip(inputs, BLOCKS, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width, _, _ in BLOCKS)
        self.head = nn.Linear(BLOCKS[-1][0], classes)
        count = GREYS * channels + sum(width for width, _, _ in BLOCKS)
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("deviation", torch.ones(count))
        self.to(memory_format=torch.channels_last)

    def layers(self, x: Tensor) -> list[Tensor]:
        """The spatial mean of every channel [n, channels], by layer."""
        means = []
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.relu_(norm(convolution(x)))
            means.append(x.mean((2, 3)))
        return means

    def means(self, x: Tensor) -> Tensor:
        """The features before they are standardised."""
        return torch.cat([greys(x), *self.layers(x)], 1)

    def features(self, x: Tensor) -> Tensor:
        return (self.means(x) - self.mean) / self.deviation

    @torch.no_grad()
    def standardise(self, images: Tensor) -> None:
        means = torch.cat([self.means(chunk.float() / 255) for chunk in images.split(CHUNK)]).double()
        self.mean.copy_(means.mean(0))
        self.deviation.copy_(means.std(0).clamp(min=SMALLEST_DEVIATION))

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(self.layers(x)[-1])
        return scores


def greys(x: Tensor) -> Tensor:
    """The shares [n, 8 C] of eight evenly spaced grey levels in images [n, C, H, W] in [0, 1]; each channel's sum to 1.

    A pixel between two levels counts for both, in proportion to how near they are.
    """
    levels = torch.arange(GREYS, device=x.device)[:, None]
    distances = (x.flatten(2)[:, :, None] * (GREYS - 1) - levels).abs_()
    return (1 - distances).clamp_(min=0).mean(3).flatten(1)


class LayersExtractor(TrainedExtractor):
    """Features [n, 8 C + 176]: grey levels and all layers of a small classifier, standardised on real images."""

    key = "layers"
    network_class = LayeredClassifier
    prefix = "layers-"
