"""Layer norm."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.normalisations.base import Normalisation


class LayerNorm(nn.Module):
    """Each image's values [n, c] or [n, c, h, w] less their mean, over their standard deviation; then gain and shift.

    Mean and deviation are over all values of one image, channels and positions alike. There is one gain and one shift for each
    channel: Ba et al. (equation 4) have one for each unit, and the field's discriminators, Gulrajani et al.'s and the second
    version of the study's code, one for each channel of a convolution. eps 1e-5 is added to the variance.
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
    """Layer norm: an image is normalised by its own statistics, so that no image depends on the others of its batch.

    Source: Ba et al. 2016, equations 3 and 4.
    """

    key = "layer"
    name = "layer norm"
    aliases = ("layer norm", "layer normalisation", "layer normalization", "ln")
    mixes_images = False

    def layer(self, shape: tuple[int, ...]) -> nn.Module:
        return LayerNorm(shape[0])
