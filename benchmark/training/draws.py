"""The random numbers of a trial. They come in streams that depend only on the trial's seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmark.losses.base import Loss
from benchmark.models.infogan import LATENT

BELOW_ONE = 1 - 2.0**-24  # the largest float32 below 1


def stream(seed: int, name: str) -> torch.Generator:
    """The random generator for the stream ``name`` of a trial with this seed."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


class Epochs:
    """The order in which a trial sees its images: every epoch has each image once, in its own random order.

    An epoch's order depends on the stream's key and the epoch's number, so a checkpoint stores only the number of images seen.
    A batch may contain the end of one epoch and the beginning of the next.

    Args:
        key: the seed of the orders, below 2^63.
        images: the number of images.
    """

    def __init__(self, key: int, images: int) -> None:
        self.key, self.images, self.taken = key, images, 0
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def take(self, count: int) -> Tensor:
        """The indices int64 [count] of the next images."""
        parts = []
        while count:
            epoch, begun = divmod(self.taken, self.images)
            part = self.order(epoch)[begun : begun + count]
            parts.append(part)
            self.taken += len(part)
            count -= len(part)
        return torch.cat(parts)

    def order(self, epoch: int) -> Tensor:
        """The order int64 [images] of the epoch, counted from 0."""
        if epoch != self._epoch:
            self._epoch, self._order = epoch, torch.randperm(self.images, generator=stream(self.key, f"epoch {epoch}"))
        return self._order

    def get_state(self) -> Tensor:
        """The state that determines all further orders: int64 [2], the key and the number of images taken."""
        return torch.tensor([self.key, self.taken])

    def set_state(self, state: Tensor) -> None:
        """Continues from a state returned by ``get_state``."""
        self.key, self.taken = map(int, state)
        self._epoch = -1


@dataclass(frozen=True)
class Streams:
    """A trial's random streams: the order of its images, and the generators of its latents and noise, by name."""

    images: Epochs
    numbers: dict[str, torch.Generator]

    def named(self) -> dict[str, Epochs | torch.Generator]:
        """All streams, by name."""
        return {"images": self.images, **self.numbers}


@dataclass(frozen=True)
class StepDraws:
    """The draws of a population of K for one step: batch indices [K, n], z per objective [K, n, 64], noise [K, n, ...]."""

    indices: Tensor
    z: dict[str, Tensor]
    noise: dict[str, Tensor]


class Sampler:
    """Draws the steps of a population, each member from its own streams.

    A step takes the next images and numbers of each stream, so its draws do not depend on the population or on how the steps
    are divided into chunks. Batches, latents and noise have separate streams, so trials with equal seeds see the same batches
    whatever their loss.
    """

    def __init__(self, loss: Loss, image_shape: tuple[int, int, int], images: int, batch: int) -> None:
        self.prior, self.images, self.batch = loss.prior, images, batch
        self.objectives = [o.name for o in loss.objectives()]
        self.latents = self.objectives[:1] if loss.reuses_z else self.objectives
        self.noise = loss.draws(image_shape)

    def streams(self, seed: int) -> Streams:
        """The streams of a trial with this seed, in their initial state."""
        names = [*(f"latents {n}" for n in self.latents), *(f"noise {n}" for n in self.noise)]
        epochs = Epochs(stream(seed, "images").initial_seed(), self.images)
        return Streams(epochs, {name: stream(seed, name) for name in names})

    def draw(self, members: Sequence[Streams], steps: int, device: torch.device) -> list[StepDraws]:
        """The draws of the population's next ``steps`` steps, from its members' streams."""

        def uniform(name: str, *shape: int) -> Tensor:
            size = (steps, self.batch, *shape)
            return torch.stack([torch.rand(size, generator=m.numbers[name], dtype=torch.float64) for m in members], 1)

        rows = torch.stack([m.images.take(steps * self.batch).view(steps, -1) for m in members], 1).to(device)
        z = {name: latents(uniform(f"latents {name}", LATENT), self.prior).to(device) for name in self.latents}
        z = {name: z.get(name, z[self.latents[0]]) for name in self.objectives}
        # Rounding to float32 would turn the largest draws into 1, whose normal quantile is infinite.
        noise = {n: uniform(f"noise {n}", *size).float().clamp(max=BELOW_ONE).to(device) for n, size in self.noise.items()}
        return [StepDraws(rows[i], {k: v[i] for k, v in z.items()}, {k: v[i] for k, v in noise.items()}) for i in range(steps)]


def latents(u: Tensor, prior: str) -> Tensor:
    """Latents in float32 from uniform draws in [0, 1) of any shape: ``uniform`` on [-1, 1] or standard ``normal``."""
    if prior == "uniform":
        return (2 * u - 1).float()
    normal: Tensor = torch.special.ndtri(u.clamp(min=2.0**-54))
    return normal.float()
