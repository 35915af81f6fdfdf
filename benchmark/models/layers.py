"""Layers shared by every network: batch norm with corrected moving averages, initial weights, convolutions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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
        shape = [1, -1] + [1] * (x.ndim - 2)
        if self.training:
            x = x.to(self.weight.dtype)  # under autocast too: its second derivative, vmapped, knows one type
            y, mean, scale = torch.native_batch_norm(x, self.weight, self.bias, None, None, True, 0.0, self.eps)
            if self.averages:
                # Reassigned, not written in place: functional_call hands the new values back, vmap and grad stay pure.
                variance = scale.detach() ** -2 - self.eps
                self.mean = self.momentum * self.mean + (1 - self.momentum) * mean.detach()
                self.variance = self.momentum * self.variance + (1 - self.momentum) * variance
                self.updates = self.updates + 1
            return y
        correction = 1 - self.momentum**self.updates
        mean, variance = self.mean / correction, self.variance / correction
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return x * scale.view(shape) + (self.bias - mean * scale).view(shape)


def by_batch(norm: nn.Module, x: Tensor, batches: int) -> Tensor:
    """The layer's output for ``batches`` batches of equal size that follow each other in x, each by its own statistics."""
    if batches == 1 or not isinstance(norm, BatchNorm):
        return norm(x)  # type: ignore[no-any-return]
    return torch.cat([norm(batch) for batch in x.chunk(batches)])


class Down(nn.Conv2d):
    """A 4x4 convolution that halves height and width: [n, c, h, w] to [n, c', h / 2, w / 2], its values channels last."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        if self.in_channels > 1 or not x.requires_grad:
            return super().forward(channels_last(x))
        # One channel leaves a processor's convolutions idle; as a matrix product it is several times faster.
        patches = F.unfold(x, 4, padding=1, stride=2).transpose(1, 2).flatten(0, 1)  # [n positions, 16 c]
        y = F.linear(patches, self.weight.flatten(1), self.bias)
        return y.view(-1, x.shape[2] // 2, x.shape[3] // 2, self.out_channels).movedim(-1, 1)


class Up(nn.ConvTranspose2d):
    """A 4x4 transposed convolution that doubles height and width: [n, c, h, w] to [n, c', 2 h, 2 w]."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if self.out_channels > 1:
            return super().forward(channels_last(x), output_size)
        # As in Down.
        patches = x.movedim(1, -1).flatten(1, 2) @ self.weight.flatten(1)  # [n, positions, 16 c']
        y = F.fold(patches.transpose(1, 2), (2 * x.shape[2], 2 * x.shape[3]), 4, padding=1, stride=2)
        return y if self.bias is None else y + self.bias.view(-1, 1, 1)


def channels_last(x: Tensor) -> Tensor:
    """The same tensor [n, c, h, w] with each pixel's channels side by side in memory: a processor's convolutions want it so."""
    return x.movedim(1, -1).contiguous().movedim(-1, 1)  # contiguous(memory_format=...) is unknown to vmap


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
