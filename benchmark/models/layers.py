"""Layers shared by all networks, and their initial weights: convolutions and fully connected layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.normalisations.base import Normalisation, WeightNormalisation

LEAKY_SLOPE = 0.2


class Weighted(nn.Module):
    """A layer whose weight may be normalised before the layer uses it."""

    weight: Tensor
    weight_norm: WeightNormalisation | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.weight_norm = None

    @property
    def used_weight(self) -> Tensor:
        """The weight that the layer uses."""
        return self.weight if self.weight_norm is None else self.weight_norm(self.weight)


def normalise_weights(network: nn.Module, normalisation: Normalisation) -> None:
    """Makes every layer of the network use its weight through the normalisation, if that normalises weights."""
    for layer in [*network.modules()]:
        if isinstance(layer, Weighted):
            layer.weight_norm = normalisation.weight(tuple(layer.weight.shape))


def weight_norms(network: nn.Module) -> dict[str, WeightNormalisation]:
    """The weight normalisations of the network, by layer name."""
    return {
        name: layer.weight_norm
        for name, layer in network.named_modules()
        if isinstance(layer, Weighted) and layer.weight_norm is not None
    }


Mover = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], dict[str, Tensor]]


def mover(network: nn.Module) -> Mover | None:
    """A function from a network's weights and buffers, by name, to the buffers after its weight norms updated theirs.

    None if no weight norm has buffers.
    """
    names = {name: [key for key, _ in norm.named_buffers()] for name, norm in weight_norms(network).items()}
    norms = {name: norm for name, norm in weight_norms(network).items() if names[name]}

    def moved(weights: Mapping[str, Tensor], buffers: Mapping[str, Tensor]) -> dict[str, Tensor]:
        new = dict(buffers)
        for name, norm in norms.items():
            prefix = f"{name}.weight_norm."
            after = norm.moved(weights[f"{name}.weight"], {key: new[prefix + key] for key in names[name]})
            new |= {prefix + key: value for key, value in after.items()}
        return new

    return moved if norms else None


def by_batch(norm: nn.Module, x: Tensor, batches: int) -> Tensor:
    """The layer's output for ``batches`` consecutive batches of equal size in x, each with its own statistics."""
    if batches == 1:
        return norm(x)  # type: ignore[no-any-return]
    return torch.cat([norm(batch) for batch in x.chunk(batches)])


class Linear(Weighted, nn.Linear):
    """A fully connected layer: [n, c] to [n, c']."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.used_weight, self.bias)


class Down(Weighted, nn.Conv2d):
    """A 4x4 convolution that halves height and width: [n, c, h, w] to [n, c', h / 2, w / 2] in channels-last memory."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        if self.in_channels > 1 or not x.requires_grad:
            return F.conv2d(channels_last(x), self.used_weight, self.bias, self.stride, self.padding)
        # For one channel a CPU computes a matrix product several times faster than a convolution.
        patches = F.unfold(x, 4, padding=1, stride=2).transpose(1, 2).flatten(0, 1)  # [n positions, 16 c]
        y = F.linear(patches, self.used_weight.flatten(1), self.bias)
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
    """The same tensor [n, c, h, w] in channels-last memory, with which convolutions on a CPU are faster."""
    return x.movedim(1, -1).contiguous().movedim(-1, 1)  # contiguous(memory_format=...) is unknown to vmap


def initialise(network: nn.Module, generator: torch.Generator, *, truncate_transposed: bool = True) -> None:
    """Draws the network's weights from N(0, 0.02), truncated at two sigma for convolutions; biases become 0.

    Args:
        truncate_transposed: whether to truncate transposed convolutions too; the study's released code (``ops.py``) does not.
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
    for name, norm in weight_norms(network).items():  # last, so that the weights are the same as without normalisation
        norm.start(network.get_parameter(f"{name}.weight"), generator)
