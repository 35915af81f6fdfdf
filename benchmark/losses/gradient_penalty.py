"""The gradient norm that WGAN GP and DRAGAN penalise."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.losses.base import Network


def gradient_norm(network: Network, images: Tensor, *, epsilon: float = 0.0) -> Tensor:
    """The norm [n] of the gradient of each output with respect to its image, over all pixels of the image.

    Differentiable, so that it can be part of a loss. ``epsilon`` is added under the square root: the released code of
    the study uses 1e-4, the papers none.

    Args:
        network: gives outputs [n] for images [n, C, H, W].
        images: [n, C, H, W].
        epsilon: not negative.

    Source: Gulrajani et al. 2017, equation 3.
    """
    gradient = torch.func.grad(lambda x: network(x).sum())(images).flatten(1)
    if epsilon:
        return torch.sqrt(epsilon + gradient.square().sum(1))
    # A gradient of exactly zero has a norm, but the norm has no derivative there: take 0, not NaN.
    squared = gradient.square().sum(1)
    positive = squared > 0
    return torch.where(positive, torch.where(positive, squared, 1.0).sqrt(), 0.0)


def gradient_penalty(network: Network, images: Tensor, *, epsilon: float = 0.0) -> Tensor:
    """The mean over the images of (gradient norm - 1)^2, a tensor of shape [] (Gulrajani et al. 2017, equation 3)."""
    return (gradient_norm(network, images, epsilon=epsilon) - 1).square().mean()


V1_EPSILON = 1e-4
