"""The random numbers of a trial: all that a step needs is one row of uniform draws from the trial's own generator."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from benchmark.losses.base import Loss
from benchmark.models.infogan import LATENT


def trial_generator(seed: int) -> torch.Generator:
    """The generator of a trial with this seed.

    It depends on nothing else, so that trials with equal seeds see the same batches and latents whatever their loss.
    """
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state) >> 1)


@dataclass(frozen=True)
class StepDraws:
    """What a population of K draws for one step: batch indices [K, n], z per objective [K, n, 64], noise [K, n, ...]."""

    indices: Tensor
    z: dict[str, Tensor]
    noise: dict[str, Tensor]


class Sampler:
    """Draws the steps of a population, each member from its own generator.

    The draws of a step are consecutive numbers of the member's stream, so they are the same for any population and for
    any way of cutting the steps into chunks.
    """

    def __init__(self, loss: Loss, image_shape: tuple[int, int, int], images: int, batch: int) -> None:
        self.loss, self.images, self.batch = loss, images, batch
        names = [o.name for o in loss.objectives()]
        self.latents = names[:1] if loss.reuses_z else names
        self.names = names
        self.noise_shapes = loss.noise(image_shape)
        self.lengths = [batch, *[batch * LATENT for _ in self.latents], *[batch * prod(s) for s in self.noise_shapes.values()]]

    def draw(self, generators: list[torch.Generator], steps: int, device: torch.device) -> list[StepDraws]:
        """The next ``steps`` steps of the population whose members' generators are given."""
        # float64 gives 53 random bits: with 24, the indices of 60,000 images would not be equally likely.
        u = torch.stack([torch.rand(steps, sum(self.lengths), generator=g, dtype=torch.float64) for g in generators], 1)
        indices, *rest = u.split(self.lengths, dim=-1)
        shape = (steps, len(generators), self.batch)
        rows = (indices * self.images).long().to(device)
        zs = [latents(part, self.loss.prior).view(*shape, LATENT).to(device) for part in rest[: len(self.latents)]]
        noise = {
            name: part.float().view(*shape, *size).to(device)
            for (name, size), part in zip(self.noise_shapes.items(), rest[len(self.latents) :], strict=True)
        }
        z_of = {name: zs[min(i, len(zs) - 1)] for i, name in enumerate(self.names)}
        return [
            StepDraws(rows[i], {k: z[i] for k, z in z_of.items()}, {k: n[i] for k, n in noise.items()}) for i in range(steps)
        ]


def latents(u: Tensor, prior: str) -> Tensor:
    """Latents from uniform draws in [0, 1) of any shape, in float32: ``uniform`` on [-1, 1] or standard ``normal``."""
    if prior == "uniform":
        return (2 * u - 1).float()
    normal: Tensor = torch.special.ndtri(u.clamp(min=2.0**-54))
    return normal.float()
