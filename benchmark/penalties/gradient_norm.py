"""Norms of the discriminator's gradient with respect to its images, from which all penalties are built."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.penalties.base import Network

V1_EPSILON = 1e-4
"""The constant that the study's released code adds under the square root."""


def squared_gradient_norm(network: Network, images: Tensor) -> Tensor:
    """The squared norm [n] of the gradient of each output with respect to its image, over all pixels of the image.

    Differentiable, so that it can be part of a loss.

    Args:
        network: gives outputs [n] for images [n, C, H, W].
        images: [n, C, H, W].
    """
    gradient: Tensor = torch.func.grad(lambda x: network(x).sum())(images).flatten(1)
    return gradient.square().sum(1)


def gradient_norm(network: Network, images: Tensor, *, epsilon: float = 0.0) -> Tensor:
    """The norm [n] of the gradient of each output with respect to its image: the root of ``squared_gradient_norm``.

    Args:
        network, images: as for ``squared_gradient_norm``.
        epsilon: a constant >= 0, added under the square root; the papers add none.

    Source: Gulrajani et al. 2017, equation 3.
    """
    squared = squared_gradient_norm(network, images)
    if epsilon:
        return torch.sqrt(epsilon + squared)
    # The norm has no derivative where the gradient is exactly zero: use 0, not NaN.
    positive = squared > 0
    return torch.where(positive, torch.where(positive, squared, 1.0).sqrt(), 0.0)


def gradient_penalty(network: Network, images: Tensor, *, epsilon: float = 0.0) -> Tensor:
    """The mean over the images of (gradient norm - 1)^2, a tensor of shape [] (Gulrajani et al. 2017, equation 3)."""
    return (gradient_norm(network, images, epsilon=epsilon) - 1).square().mean()
