"""The penalties written a second time, image by image in float64 with plain ``torch.autograd``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

import torch
from torch import Tensor

Network = Callable[[Tensor], Tensor]


def squared_norms(network: Network, images: Tensor) -> list[Tensor]:
    """The squared norm of the gradient at each image, with a graph for the next derivative."""
    found = []
    for image in images:
        x = image.detach().clone().unsqueeze(0).requires_grad_()
        (slope,) = torch.autograd.grad(network(x).squeeze(), x, create_graph=True)
        found.append((slope * slope).sum())
    return found


def mean(values: list[Tensor]) -> Tensor:
    return torch.stack(values).sum() / len(values)


def gp(network: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], weight: float, v1: bool) -> Tensor:
    between = torch.stack([float(u) * x + (1 - float(u)) * y for u, x, y in zip(noise["u"], real, fake, strict=True)])
    return weight * mean([((s + 1e-4 * v1) ** 0.5 - 1) ** 2 for s in squared_norms(network, between)])


def dragan(network: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], weight: float, v1: bool) -> Tensor:
    values = [float(value) for value in real.flatten()]
    middle = sum(values) / len(values)
    half = sqrt(sum((value - middle) ** 2 for value in values) / len(values)) / 2
    near = real + noise["u"] * half * noise["pixels"] if v1 else real + half * sqrt(2) * torch.erfinv(2 * noise["pixels"] - 1)
    squared = squared_norms(lambda x: 1 / (1 + torch.exp(-network(x))), near)
    return weight * mean([((s + 1e-4 * v1) ** 0.5 - 1) ** 2 for s in squared])


def r1(network: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], weight: float, v1: bool) -> Tensor:
    return weight / 2 * mean(squared_norms(network, real))


def r2(network: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], weight: float, v1: bool) -> Tensor:
    return weight / 2 * mean(squared_norms(network, fake))


PLAIN = {"gp": gp, "dragan": dragan, "r1": r1, "r2": r2}
