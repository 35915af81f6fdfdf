"""Images of triangles and squares as the paper describes them: known manifolds (Lucic et al. 2018, section 6)."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.data.base import DataSet, Split
from benchmark.files import keep_for_later, npy_bytes, read_npy

SIDE = 28
SUBPIXELS = 8
RADIUS = 10.5  # pixels: 0.75 of half the raster
SPLITS = {"train": (0, 60_000), "test": (60_000, 70_000), "validation": (70_000, 80_000)}
FORMAT = 1  # raise it when a change gives other images for the same seed

Floats = NDArray[np.float64]


def on_circle(degrees: Floats, centre: float) -> Floats:
    """Vertices [n, m, 2], (x, y) in pixels from the raster's top left corner, at angles [n, m] on a circle of radius 10.5.

    The circle is moved so that the mean of the vertices is (centre, centre).
    """
    radians = np.deg2rad(degrees)
    vertices: Floats = RADIUS * np.stack([np.cos(radians), np.sin(radians)], axis=-1)
    vertices += centre - vertices.mean(axis=1, keepdims=True)
    return vertices


def render(vertices: Floats, *, chunk: int = 2_000) -> NDArray[np.uint8]:
    """Images uint8 [n, 28, 28] of polygons [n, m, 2], black (0) on white (255): the share of 8x8 sub-pixels not covered.

    The polygons must be convex, with vertices ordered by increasing angle from x to y.
    """
    return np.concatenate([_render(vertices[i : i + chunk]) for i in range(0, len(vertices), chunk)])


def _render(vertices: Floats) -> NDArray[np.uint8]:
    n, rows = len(vertices), SIDE * SUBPIXELS
    y = (np.arange(rows) + 0.5) / SUBPIXELS
    left, right = np.full((n, rows), -np.inf), np.full((n, rows), np.inf)
    following = np.roll(vertices, -1, axis=1)
    # Each edge bounds the polygon's interval in a row of sub-pixels on one side; the inside lies to the edge's left.
    for i in range(vertices.shape[1]):
        (x0, y0), (x1, y1) = vertices[:, i].T[:, :, None], following[:, i].T[:, :, None]
        rise = y1 - y0
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = x0 + (y - y0) * (x1 - x0) / rise
        right = np.where(rise > 0, np.minimum(right, crossing), right)
        left = np.where(rise < 0, np.maximum(left, crossing), left)
        level = (rise == 0) & ((x1 - x0) * (y - y0) < 0)
        right = np.where(level, -np.inf, right)
    # Centres of sub-pixels lie at (k + 1/2) / 8; count those in [left, right] within each pixel.
    first = np.clip(np.ceil(left * SUBPIXELS - 0.5), 0, rows).astype(np.int16)
    last = np.clip(np.floor(right * SUBPIXELS - 0.5) + 1, 0, rows).astype(np.int16)
    edges = np.arange(SIDE, dtype=np.int16) * SUBPIXELS
    begin = np.clip(first[..., None], edges, edges + SUBPIXELS)
    end = np.clip(last[..., None], edges, edges + SUBPIXELS)
    covered = np.maximum(end - begin, 0).reshape(n, SIDE, SUBPIXELS, SIDE).sum(axis=2)
    images: NDArray[np.uint8] = np.rint(255 * (1 - covered / SUBPIXELS**2)).astype(np.uint8)
    return images


class Triangles(DataSet):
    """80,000 images of triangles: 60,000 for training, 10,000 for testing, 10,000 for validation.

    The vertices lie on a circle of radius 10.5 at ``angles[i] + spread * u_i`` degrees with u ~ U[0, 1], turned by a random
    angle, then moved so that their mean is the centre of the raster (docs/protocol.md). The class is the direction from the
    mean to the farthest vertex, in twelve sectors of 30 degrees.
    """

    key = "triangles"
    name = "Triangles"
    image_shape = (1, SIDE, SIDE)
    classes = 12
    angles: ClassVar[tuple[float, ...]] = (10, 130, 250)
    spread: ClassVar[float] = 110
    seed: ClassVar[int] = 3
    centre: ClassVar[float] = SIDE / 2
    """The position of the vertices' mean, in pixels from the raster's left and top edges."""

    def load(self, split: str) -> Split:
        cache = self.folder / "cache" / f"{self.key}-{self.recipe()}.npy"
        vertices = self.vertices()
        images = read_npy(cache)
        if images is None:
            images = render(vertices)
            keep_for_later(cache, npy_bytes(images))
        start, stop = SPLITS[split]
        return Split(images[start:stop, None].copy(), farthest_sector(vertices[start:stop], self.classes, self.centre))

    def vertices(self) -> Floats:
        """The vertices [80000, m, 2] of all polygons, in pixels."""
        return self.draw(max(stop for _, stop in SPLITS.values()), np.random.default_rng(self.seed))

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """The vertices [count, m, 2] of random polygons, in pixels, in order around each."""
        places = rng.random((count, len(self.angles)))
        return self.polygons(places, rng.random((count, 1)))

    def polygons(self, places: Floats, turn: Floats) -> Floats:
        """The vertices [n, m, 2] from draws of U[0, 1): each vertex's place [n, m] in its sector, and the turn [n, 1]."""
        return on_circle(np.array(self.angles) + self.spread * places + 360 * turn, self.centre)

    def recipe(self) -> str:
        """A hash of everything that determines the images."""
        recipe = [FORMAT, SIDE, SUBPIXELS, RADIUS, SPLITS, self.angles, self.spread, self.seed]
        return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:16]


class Squares(Triangles):
    """80,000 images of quadrangles, split like the triangles."""

    key = "squares"
    name = "Squares"
    angles = (10, 100, 190, 280)
    spread = 80
    seed = 4


def farthest_sector(vertices: Floats, sectors: int, centre: float = SIDE / 2) -> NDArray[np.int64]:
    """The sector [n], of ``sectors`` equal ones, in which each polygon's vertex farthest from (centre, centre) lies."""
    offset = vertices - centre
    farthest = offset[np.arange(len(offset)), np.square(offset).sum(-1).argmax(1)]
    turn = np.arctan2(farthest[:, 1], farthest[:, 0]) / (2 * np.pi) % 1
    sector: NDArray[np.int64] = np.minimum((turn * sectors).astype(np.int64), sectors - 1)
    return sector
