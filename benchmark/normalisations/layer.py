"""Layer norm."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.normalisations.base import Normalisation


class LayerNorm(nn.Module):
    """Standardises the values [n, c] or [n, c, h, w] of each image, then applies a gain and a shift per channel.

    Mean and standard deviation are over all channels and positions of one image; eps 1e-5 is added to the variance. Ba et al.
    (equation 4) have a gain and a shift per unit. Discriminators in the field have one per channel of a convolution, as here:
    those of Gulrajani et al. and of the second version of the study's code.
    """

    eps = 1e-5

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.weight.dtype)  # under autocast too, as in batch norm
        shape = [-1] + [1] * (x.ndim - 2)
        normal = F.layer_norm(x, x.shape[1:], eps=self.eps)
        return normal * self.weight.view(shape) + self.bias.view(shape)


class LayerNormalisation(Normalisation):
    """Layer norm: each image is normalised by its own statistics, independently of the other images of its batch.

    Source: Ba et al. 2016, equations 3 and 4.
    """

    key = "layer"
    name = "layer norm"
    aliases = ("layer norm", "layer normalisation", "layer normalization", "ln")
    mixes_images = False

    def layer(self, shape: tuple[int, ...]) -> nn.Module:
        return LayerNorm(shape[0])
