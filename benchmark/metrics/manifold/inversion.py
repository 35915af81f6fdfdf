"""How near a generator comes to given images: gradient descent on its latents, with the generator fixed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmark.models.infogan import LATENT

Generate = Callable[[Tensor], Tensor]
BANK = 4096
STARTS, FIRST_STEPS, STEPS = 3, 15, 60
LEARNING_RATE = 0.05
CHUNK = 128  # images at once


def nearest_latents(generate: Generate, images: Tensor, prior: str, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """The smallest |G(z) - image|^2 found [n] for images float [n, C, H, W] in [0, 1], and the latents z [n, 64].

    Adam starts from the three nearest of 4,096 random latents and continues from the best result. Latents stay in the
    prior's support: [-1, 1] for ``uniform``, anywhere for ``normal``. A nearer latent may exist, so the distance is an upper
    bound. The search runs in bfloat16, which is twice as fast; the returned distance is computed in full precision.

    Source: Lucic et al. 2018, section 6.

    Raises:
        ValueError: the generator's images are not finite.
    """
    generator = torch.Generator().manual_seed(seed)
    bank = torch.rand(BANK, LATENT, generator=generator) * 2 - 1
    if prior == "normal":
        bank = torch.randn(BANK, LATENT, generator=generator)
    bank = bank.to(images.device)
    with torch.no_grad():
        drawn = torch.cat([quickly(generate, z).flatten(1) for z in bank.split(CHUNK)])
    if not drawn.isfinite().all():
        raise ValueError("generated images contain NaN or infinite values")
    nearness = images.flatten(1) @ drawn.T - drawn.square().sum(1) / 2
    starts = bank[nearness.topk(STARTS, dim=1).indices]  # [n, starts, 64]
    pairs = list(zip(starts.split(CHUNK), images.split(CHUNK), strict=True))
    found = [_search(generate, z, x, prior) for z, x in pairs]
    with torch.no_grad():
        distances = [(generate(z) - x).square().flatten(1).sum(1) for z, (_, x) in zip(found, pairs, strict=True)]
    return torch.cat(distances), torch.cat(found)


def quickly(generate: Generate, z: Tensor) -> Tensor:
    """The generator's images for the latents, with matrix products in bfloat16."""
    with torch.autocast(z.device.type, torch.bfloat16):
        return generate(z).float()


def _search(generate: Generate, starts: Tensor, images: Tensor, prior: str) -> Tensor:
    distance, z = descend(generate, starts.flatten(0, 1), images.repeat_interleave(STARTS, 0), prior, FIRST_STEPS)
    best = distance.view(-1, STARTS).argmin(1)
    return descend(generate, z.view(-1, STARTS, LATENT)[torch.arange(len(best)), best], images, prior, STEPS)[1]


def descend(generate: Generate, z: Tensor, images: Tensor, prior: str, steps: int) -> tuple[Tensor, Tensor]:
    """Adam on |G(z) - image|^2 with a step size that falls to 0; returns the nearest latents seen and their distances [n]."""
    z = z.clone().requires_grad_()
    optimiser = torch.optim.Adam([z], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    best, best_z = torch.full((len(z),), torch.inf, device=z.device), z.detach().clone()
    for step in range(steps + 1):
        distance = (quickly(generate, z) - images).square().flatten(1).sum(1)
        with torch.no_grad():
            better = distance < best
            best, best_z = torch.where(better, distance, best), torch.where(better[:, None], z, best_z)
        if step == steps:
            break
        (z.grad,) = torch.autograd.grad(distance.sum(), z)
        optimiser.step()
        schedule.step()
        if prior == "uniform":
            with torch.no_grad():
                z.clamp_(-1, 1)
    return best, best_z
