"""Triangles and squares exactly as the study's released code makes them.

Source: google/compare_gan, ``colabs/Convex_Polygons_Dataset.ipynb``; the data of Lucic et al. 2018, section 6.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from benchmark.data.polygons import SIDE, SPLITS, Floats, Squares, Triangles, on_circle

OFFSET = 3.5 / 8
"""Pixels by which images are shifted down and right: a pixel covers sub-pixels from 3 before its corner to 4 after it."""
TURN = 2 * math.pi
"""The largest turn in degrees: the released code converts the random angle to radians twice."""


class TrianglesV1(Triangles):
    """80,000 images of triangles as the released code makes them, split like ``triangles``.

    They are turned clockwise by at most 6.28 degrees before rows and columns are swapped, and shifted down and right by 0.44
    pixels.
    """

    key = "triangles-v1"
    name = "Triangles v1"
    seed = 0
    centre: ClassVar[float] = SIDE / 2 + OFFSET

    def polygons(self, places: Floats, turn: Floats) -> Floats:
        turned = on_circle(np.array(self.angles) + self.spread * places - TURN * turn, self.centre)
        # Swapping x and y also reverses the order of the corners.
        return np.ascontiguousarray(turned[:, ::-1, ::-1])

    def vertices(self) -> Floats:
        rng = np.random.RandomState(self.seed)
        draws = rng.random_sample((max(stop for _, stop in SPLITS.values()), len(self.angles) + 1))
        return self.polygons(draws[:, :-1], draws[:, -1:])[rng.permutation(len(draws))]


class SquaresV1(TrianglesV1):
    """80,000 images of quadrangles as the released code makes them: see ``triangles-v1``."""

    key = "squares-v1"
    name = "Squares v1"
    angles = Squares.angles
    spread = Squares.spread
