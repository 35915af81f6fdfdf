"""Batch norm with bias-corrected moving averages for evaluation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.normalisations.base import Normalisation

SETTLED = 1e6
"""A number of updates of batch norm's averages after which their correction is exactly 1."""


class BatchNorm(nn.Module):
    """Batch norm that uses batch statistics in training and bias-corrected moving averages in evaluation.

    Input and output are [n, c] or [n, c, h, w]. The averages start at zero and are divided by ``1 - momentum ** updates``
    when they are read, so they are unbiased after any number of updates. (With momentum 0.999, uncorrected averages take
    thousands of updates to forget their start.) With ``averages=False`` none are kept, and the layer works only in training.

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
        shape = [1, -1] + [1] * (x.ndim - 2)
        if self.training:
            x = x.to(self.weight.dtype)  # under autocast too: its vmapped second derivative needs one dtype
            y, mean, scale = torch.native_batch_norm(x, self.weight, self.bias, None, None, True, 0.0, self.eps)
            if self.averages:
                # Reassigned, not written in place: functional_call returns the new values, and vmap and grad stay pure.
                variance = scale.detach() ** -2 - self.eps
                self.mean = self.momentum * self.mean + (1 - self.momentum) * mean.detach()
                self.variance = self.momentum * self.variance + (1 - self.momentum) * variance
                self.updates = self.updates + 1
            return y
        correction = 1 - self.momentum**self.updates
        mean, variance = self.mean / correction, self.variance / correction
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return x * scale.view(shape) + (self.bias - mean * scale).view(shape)


class BatchNormalisation(Normalisation):
    """Batch norm as in the study: statistics are over the batch and over the positions of a feature map.

    Real and generated images are two separate batches with separate statistics.

    Source: Ioffe and Szegedy 2015; Lucic et al. 2018, section 5.
    """

    key = "batch"
    name = "batch norm"
    aliases = ("batch norm", "batch normalisation", "batch normalization", "bn")

    def layer(self, shape: tuple[int, ...]) -> nn.Module:
        return BatchNorm(shape[0], averages=False)
