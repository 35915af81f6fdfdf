"""Rings and grids of Gaussians: distributions in the plane whose modes can be counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GaussianMixture:
    """Equally likely Gaussians with centres [k, 2] and one standard deviation in every direction."""

    name: str
    centres: Floats
    deviation: float

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Points [count, 2] drawn independently."""
        modes = rng.integers(len(self.centres), size=count)
        points: Floats = self.centres[modes] + self.deviation * rng.normal(size=(count, 2))
        return points


def ring(modes: int = 8, radius: float = 2.0, deviation: float = 0.02) -> GaussianMixture:
    """Gaussians evenly spaced on a circle (Metz et al. 2017, section 3.1)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return GaussianMixture(f"ring of {modes}", radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), deviation)


def grid(side: int = 5, spacing: float = 2.0, deviation: float = 0.05) -> GaussianMixture:
    """Gaussians on a square grid around the origin (Srivastava et al. 2017, section 4.1)."""
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return GaussianMixture(f"grid of {side**2}", np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), deviation)
