"""Data sets drawn from rings and grids of Gaussians: distributions in the plane whose modes can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.data.base import DataSet, Split

Floats = NDArray[np.float64]
COUNTS = {"train": 50_000, "validation": 10_000, "test": 10_000}
MARGIN = 1.25  # half the side of the square that the networks see, relative to the outermost coordinate of a centre


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of k equally likely isotropic Gaussians with centres [k, 2] and the same standard deviation."""

    name: str
    centres: Floats
    deviation: float

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Points [count, 2] drawn independently."""
        return self.sample_with_modes(count, rng)[0]

    def sample_with_modes(self, count: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """Points [count, 2] drawn independently, and the number [count] of the Gaussian that each was drawn from."""
        modes = rng.integers(len(self.centres), size=count)
        points: Floats = self.centres[modes] + self.deviation * rng.normal(size=(count, 2))
        return points, modes


def ring(modes: int = 8, radius: float = 2.0, deviation: float = 0.02) -> GaussianMixture:
    """Gaussians evenly spaced on a circle (Metz et al. 2017, section 3.1)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return GaussianMixture(f"ring of {modes}", radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), deviation)


def grid(side: int = 5, spacing: float = 2.0, deviation: float = 0.05) -> GaussianMixture:
    """Gaussians on a square grid around the origin (Srivastava et al. 2017, section 4.1)."""
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return GaussianMixture(f"grid of {side**2}", np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), deviation)


class Gaussians(DataSet):
    """70,000 points of a mixture; the classes are its Gaussians.

    The networks' outputs lie in [0, 1], so a square around the origin is mapped to [0, 1] in both directions. Half its side is
    1.25 times the outermost coordinate of a centre.

    Attributes:
        mixture: the distribution of the points.
        seed: the random seed of its three splits.
    """

    holds = "points"
    image_shape = (2, 1, 1)
    architecture = "mlp"
    metrics = ("wasserstein", "modes")
    mixture: ClassVar[GaussianMixture]
    seed: ClassVar[int]

    def load(self, split: str) -> Split:
        rng = np.random.default_rng([self.seed, self.splits.index(split)])
        points, modes = self.mixture.sample_with_modes(COUNTS[split], rng)
        scaled = (points / (2 * self.half_side()) + 0.5).astype(np.float32)
        return Split(scaled[:, :, None, None], modes)

    @classmethod
    def half_side(cls) -> float:
        """Half the side of the square that the networks see, in the mixture's units."""
        return MARGIN * float(np.abs(cls.mixture.centres).max())

    @classmethod
    def in_plane(cls, points: NDArray[Any]) -> Floats:
        """The positions [n, 2], in the mixture's units, of points [n, 2, 1, 1] in [0, 1]."""
        plane: Floats = (points.reshape(len(points), 2).astype(np.float64) - 0.5) * 2 * cls.half_side()
        return plane


class Ring(Gaussians):
    """Eight Gaussians on a ring."""

    key = "ring"
    name = "Ring of 8 Gaussians"
    mixture = ring()
    classes = 8
    seed = 5


class Grid(Gaussians):
    """25 Gaussians on a grid."""

    key = "grid"
    name = "Grid of 25 Gaussians"
    mixture = grid()
    classes = 25
    seed = 6
