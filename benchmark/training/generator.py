"""From a generator's weights to images, in the same way during training and later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.func import functional_call

from benchmark.losses.base import Loss
from benchmark.models import Architecture

AT_ONCE = 100  # images generated at once: more do not fit into the processor's cache
Generator = Callable[[Tensor], Tensor]
"""A function from latents [n, 64] to images [n, C, H, W] in [0, 1]."""


def generator_of(loss: Loss, architecture: Architecture, weights: Mapping[str, Tensor]) -> Generator:
    """The loss's generator with these weights and moving averages, in evaluation mode, on the weights' device.

    Raises:
        ValueError: the weights belong to another loss or architecture.
    """
    with torch.device("meta"):
        network = loss.networks(architecture)["generator"].eval()
    needed = {name: value.shape for name, value in (*network.named_parameters(), *network.named_buffers())}
    if {name: value.shape for name, value in weights.items()} != needed:
        raise ValueError("the generator's weights are of another loss or architecture")
    device = next(iter(weights.values())).device
    return lambda z: functional_call(network, dict(weights), (z.to(device),))


def draw(generator: Generator, z: Tensor, *, points: bool = False) -> Tensor:
    """Images uint8 [n, C, H, W], on the generator's device, from latents [n, 64]; ``points`` stay float32 [n, 2, 1, 1].

    Raises:
        FloatingPointError: the images contain NaN.
    """
    with torch.inference_mode():
        return torch.cat([drawn(generator(chunk), points=points) for chunk in z.split(AT_ONCE)])


def drawn(images: Tensor, *, points: bool) -> Tensor:
    """Converts a generator's output to the images or points that ``draw`` returns."""
    if not images.isfinite().all():
        raise FloatingPointError("generated images contain NaN")
    return images if points else (255 * images).round().to(torch.uint8)


def allow_tf32(allowed: bool) -> None:
    """Sets whether matrix products and convolutions on an Nvidia GPU use TF32; cuDNN uses it by default."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
