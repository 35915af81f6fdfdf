"""Generators that draw polygons by a rule, so that their precision and recall are known. They test the scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from benchmark.data.polygons import RADIUS, Triangles
from benchmark.metrics.manifold.coverage import coverage


class PolygonGenerator:
    """Draws the data set's polygons from latents U[-1, 1]^64, as differentiable images of exact areas.

    The first m latents place the corners on the circle. The next one is the direction from the centre to the farthest corner,
    limited to the share ``turn`` of the full turn: 1 draws every polygon, 2/3 drops a third of the angles. If a data set turns
    its polygons less, this generator draws polygons that the data set does not contain.
    """

    def __init__(self, dataset: Triangles, turn: float = 1.0) -> None:
        self.dataset, self.turn = dataset, turn

    def vertices(self, z: Tensor) -> Tensor:
        """The polygons [n, m, 2] drawn from latents [n, 64]."""
        corners = len(self.dataset.angles)
        angles = torch.tensor(self.dataset.angles, dtype=torch.float64, device=z.device)
        radians = torch.deg2rad(angles + self.dataset.spread * (z[:, :corners].double() + 1) / 2)
        points = RADIUS * torch.stack([radians.cos(), radians.sin()], dim=-1)
        points = points - points.mean(dim=1, keepdim=True)
        farthest = points[torch.arange(len(z)), points.square().sum(-1).argmax(1)]
        turned = self.turn * math.pi * (z[:, corners].double() + 1) - torch.atan2(farthest[:, 1], farthest[:, 0])
        cos, sin = turned.cos()[:, None], turned.sin()[:, None]
        x, y = points.unbind(-1)
        return self.dataset.centre + torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1)

    def __call__(self, z: Tensor) -> Tensor:
        return (1 - coverage(self.vertices(z)))[:, None].clamp(0, 1).to(z.dtype)
