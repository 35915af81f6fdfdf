"""Layers shared by every network: batch norm with corrected moving averages, initial weights, convolutions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LEAKY_SLOPE = 0.2
SETTLED = 1e6
"""So many updates of batch norm's averages that their correction is exactly 1."""


class BatchNorm(nn.Module):
    """Batch norm that normalises by its batch in training and by corrected moving averages in evaluation.

    Input and output are [n, c] or [n, c, h, w]. The averages start at zero and are divided by ``1 - momentum ** updates``
    when they are read, so that they are unbiased after any number of updates (momentum 0.999 needs thousands of
    updates to forget its start). With ``averages=False`` none are kept: the layer then only exists in training.

    Source: Ioffe and Szegedy 2015, algorithms 1 and 2; the correction is that of Kingma and Ba 2015, section 3.
    """

    momentum = 0.999
    eps = 1e-3
    mean: Tensor
    variance: Tensor
    updates: Tensor

    def __init__(self, channels: int, *, averages: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.averages = averages
        if averages:
            self.register_buffer("mean", torch.zeros(channels))
            self.register_buffer("variance", torch.zeros(channels))
            self.register_buffer("updates", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        dims = [d for d in range(x.ndim) if d != 1]
        shape = [1, -1] + [1] * (x.ndim - 2)
        if self.training:
            variance, mean = torch.var_mean(x, dims, correction=0)
            if self.averages:
                # Reassigned, not written in place: functional_call hands the new values back, vmap and grad stay pure.
                self.mean = self.momentum * self.mean + (1 - self.momentum) * mean.detach()
                self.variance = self.momentum * self.variance + (1 - self.momentum) * variance.detach()
                self.updates = self.updates + 1
        else:
            correction = 1 - self.momentum**self.updates
            mean, variance = self.mean / correction, self.variance / correction
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return x * scale.view(shape) + (self.bias - mean * scale).view(shape)


def down(channels_in: int, channels_out: int) -> nn.Conv2d:
    """A convolution that halves height and width."""
    return nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1)


def up(channels_in: int, channels_out: int) -> nn.ConvTranspose2d:
    """A transposed convolution that doubles height and width."""
    return nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1)


def initialise(network: nn.Module, generator: torch.Generator, *, truncate_transposed: bool = True) -> None:
    """Draws the network's weights from N(0, 0.02), truncated at two sigma for convolutions; biases become 0.

    Args:
        truncate_transposed: whether transposed convolutions are truncated too; the study's released code does not (``ops.py``).
    """
    truncated = (nn.Conv2d, nn.ConvTranspose2d) if truncate_transposed else (nn.Conv2d,)
    for layer in network.modules():
        if isinstance(layer, truncated):
            nn.init.trunc_normal_(layer.weight, std=0.02, a=-0.04, b=0.04, generator=generator)
        elif isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=0.02, generator=generator)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
