"""The distance from images to the manifold of polygons: a coarse search in a bank, then descent on the vertices."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.data.polygons import SIDE, Triangles, render
from benchmark.metrics.manifold.coverage import coverage, coverage_gradient

Floats = NDArray[np.float64]
BANK = 20_000
STARTS, FIRST_STEPS, STEPS = 6, 8, 20
CHUNK = 64  # polygons at once: more leave the processor's cache
POLISH = (0.05, 0.03, 0.02, 0.01, 0.005)  # pixels


def polygon_bank(dataset: Triangles, count: int, rng: np.random.Generator) -> Floats:
    """Polygons [count, m, 2]: half drawn as in the data set, half shrunk and moved as far as the raster allows."""
    bank = dataset.draw(count, rng)
    free = bank[count // 2 :] - SIDE / 2
    free *= rng.uniform(0.3, 1.1, (len(free), 1, 1))
    room = SIDE / 2 - np.abs(free).max(axis=1, keepdims=True)
    bank[count // 2 :] = SIDE / 2 + free + np.clip(room, 0, None) * rng.uniform(-1, 1, (len(free), 1, 2))
    return bank


def squared_distance(vertices: Floats, images: Floats) -> Floats:
    """|render(vertices) - image|^2 [n] for polygons [n, m, 2] and images [n, 28, 28] in [0, 1]."""
    distance: Floats = np.square(render(vertices) / 255 - images).sum(axis=(1, 2))
    return distance


class PolygonManifold:
    """The images of all convex polygons with m corners, searched from a bank of polygons [b, m, 2]."""

    def __init__(self, bank: Floats, seed: int = 0) -> None:
        self.bank, self.seed = bank, seed
        rendered = torch.from_numpy(render(bank)).flatten(1).float() / 255
        self.rendered, self.squares = rendered, rendered.square().sum(1)

    def nearest(self, images: Floats) -> tuple[Floats, Floats]:
        """The squared distances [n] from images [n, 28, 28] in [0, 1] to the nearest polygons' images, and those polygons.

        Distances are Euclidean, with polygons rendered as the data are. A nearer one may exist, so they are upper bounds.
        """
        dark = torch.from_numpy(1 - images)
        products = torch.from_numpy(images).flatten(1).float() @ self.rendered.T
        starts = (self.squares - 2 * products).topk(STARTS, dim=1, largest=False).indices  # [n, starts]
        vertices = torch.from_numpy(self.bank)[starts]
        n, _, m, _ = vertices.shape
        tried, loss = descend(vertices.flatten(0, 1), dark.repeat_interleave(STARTS, 0), FIRST_STEPS)
        best = loss.view(n, STARTS).argmin(1)
        found, _ = descend(tried.view(n, STARTS, m, 2)[torch.arange(n), best], dark, STEPS)
        candidates = [vertices[:, 0].numpy(), found.numpy()]
        distances = np.stack([squared_distance(c, images) for c in candidates])
        chosen = np.where((distances[0] < distances[1])[:, None, None], *candidates)
        return self.polish(chosen, distances.min(0), images)

    def polish(self, vertices: Floats, distance: Floats, images: Floats) -> tuple[Floats, Floats]:
        """Random moves, kept if the rendered image gets nearer. They correct the descent, which uses exact areas."""
        rng = np.random.default_rng(self.seed)
        for scale in POLISH:
            for _ in range(4):
                moved = vertices + rng.normal(scale=scale, size=vertices.shape)
                tried = squared_distance(moved, images)
                better = (tried < distance) & (convex(torch.from_numpy(moved))).numpy()
                vertices, distance = np.where(better[:, None, None], moved, vertices), np.where(better, tried, distance)
        return distance, vertices


def convex(vertices: Tensor) -> Tensor:
    """Whether each polygon [n, m, 2] is convex, with its corners in the usual order: bool [n]."""
    side = vertices.roll(-1, dims=1) - vertices
    turn = side[..., 0] * side.roll(-1, dims=1)[..., 1] - side[..., 1] * side.roll(-1, dims=1)[..., 0]
    return (turn > 0).all(dim=1)


def descend(vertices: Tensor, dark: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Damped Gauss-Newton steps (Marquardt 1963) on |coverage(vertices) - dark|^2; a step is kept only if the loss falls.

    Takes and returns convex polygons [n, m, 2]; also returns their losses [n].
    """
    parts = [_descend(v, d, steps) for v, d in zip(vertices.split(CHUNK), dark.split(CHUNK), strict=True)]
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


def _descend(vertices: Tensor, dark: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    dark, shape = dark.flatten(1), vertices.shape
    damping = torch.full((len(vertices), 1), 1e-2, dtype=vertices.dtype)
    residual = coverage(vertices).flatten(1) - dark
    loss = residual.square().sum(1)
    for _ in range(steps):
        j = coverage_gradient(vertices).flatten(3).flatten(1, 2)  # [n, 2m, 784]
        normal, gradient = j @ j.mT, j @ residual[..., None]
        diagonal = torch.diag_embed(damping * (normal.diagonal(dim1=1, dim2=2) + 1e-3))
        move = torch.linalg.solve(normal + diagonal, gradient).view(shape).clamp(-2, 2)
        moved = vertices - move
        tried = coverage(moved).flatten(1) - dark
        tried_loss = tried.square().sum(1)
        better = (tried_loss < loss) & convex(moved)
        vertices = torch.where(better[:, None, None], moved, vertices)
        residual, loss = torch.where(better[:, None], tried, residual), torch.where(better, tried_loss, loss)
        damping = torch.where(better[:, None], damping / 5, damping * 5).clamp(1e-6, 1e6)
    return vertices, loss
