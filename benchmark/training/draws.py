"""The random numbers of a trial, in streams of its own that depend on its seed and on nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmark.losses.base import Loss
from benchmark.models.infogan import LATENT

Streams = dict[str, torch.Generator]
"""A trial's random generators by what they draw."""
BELOW_ONE = 1 - 2.0**-24  # the largest float32 below 1


def stream(seed: int, name: str) -> torch.Generator:
    """The generator of what is called ``name`` in a trial with this seed."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


@dataclass(frozen=True)
class StepDraws:
    """What a population of K draws for one step: batch indices [K, n], z per objective [K, n, 64], noise [K, n, ...]."""

    indices: Tensor
    z: dict[str, Tensor]
    noise: dict[str, Tensor]


class Sampler:
    """Draws the steps of a population, each member from its own streams.

    A step takes the next numbers of each stream, so its draws are the same in any population and for any way of cutting
    the steps into chunks; and since batches, latents and noise have streams of their own, trials with equal seeds see the
    same batches whatever their loss.
    """

    def __init__(self, loss: Loss, image_shape: tuple[int, int, int], images: int, batch: int) -> None:
        self.prior, self.images, self.batch = loss.prior, images, batch
        self.objectives = [o.name for o in loss.objectives()]
        self.latents = self.objectives[:1] if loss.reuses_z else self.objectives
        self.noise = loss.noise(image_shape)

    def streams(self, seed: int) -> Streams:
        """The streams of a trial with this seed, at their beginning."""
        names = ["images", *(f"latents {n}" for n in self.latents), *(f"noise {n}" for n in self.noise)]
        return {name: stream(seed, name) for name in names}

    def draw(self, members: Sequence[Streams], steps: int, device: torch.device) -> list[StepDraws]:
        """The next ``steps`` steps of the population whose members' streams are given."""

        def uniform(name: str, *shape: int) -> Tensor:
            # float64 gives 53 random bits: with 24, the indices of 60,000 images would not be equally likely.
            size = (steps, self.batch, *shape)
            return torch.stack([torch.rand(size, generator=m[name], dtype=torch.float64) for m in members], 1)

        rows = (uniform("images") * self.images).long().to(device)
        z = {name: latents(uniform(f"latents {name}", LATENT), self.prior).to(device) for name in self.latents}
        z = {name: z.get(name, z[self.latents[0]]) for name in self.objectives}
        # Rounding to float32 would turn the largest draws into 1, whose normal quantile is infinite.
        noise = {n: uniform(f"noise {n}", *size).float().clamp(max=BELOW_ONE).to(device) for n, size in self.noise.items()}
        return [StepDraws(rows[i], {k: v[i] for k, v in z.items()}, {k: v[i] for k, v in noise.items()}) for i in range(steps)]


def latents(u: Tensor, prior: str) -> Tensor:
    """Latents from uniform draws in [0, 1) of any shape, in float32: ``uniform`` on [-1, 1] or standard ``normal``."""
    if prior == "uniform":
        return (2 * u - 1).float()
    normal: Tensor = torch.special.ndtri(u.clamp(min=2.0**-54))
    return normal.float()
