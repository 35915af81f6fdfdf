"""The study's networks with PyTorch's own layers, for training loops written the ordinary way."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.models.layers import Down, Linear, Up
from benchmark.normalisations.batch import BatchNorm

N = TypeVar("N", bound=nn.Module)


class PlainBatchNorm(nn.Module):
    """PyTorch's own batch norm with the study's eps, sharing the weights of ours."""

    def __init__(self, ours: BatchNorm) -> None:
        super().__init__()
        self.weight, self.bias = ours.weight, ours.bias

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=1e-3)


def plain(network: N) -> N:
    """The network with every layer replaced by PyTorch's."""
    for name, child in list(network.named_children()):
        if isinstance(child, BatchNorm):
            setattr(network, name, PlainBatchNorm(child))
        elif isinstance(child, Down | Up):
            layer = nn.Conv2d if isinstance(child, Down) else nn.ConvTranspose2d
            own = layer(child.in_channels, child.out_channels, 4, stride=2, padding=1)
            own.weight, own.bias = child.weight, child.bias
            setattr(network, name, own)
        elif isinstance(child, Linear):
            linear = nn.Linear(child.in_features, child.out_features)
            linear.weight, linear.bias = child.weight, child.bias
            setattr(network, name, linear)
    return network
