"""Nearest neighbours among many feature vectors, with exact distances."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.metrics.features import Floats

ROWS = 500  # rows of distances held at once: 100 MB for 50,000 candidates

Rows = NDArray[np.int64]


def nearest(points: Tensor, candidates: Tensor, *, others: bool = False) -> tuple[Floats, Rows]:
    """The distances [n] from points float32 [n, d] to their nearest candidates [m, d], and the candidates' row numbers [n].

    The search uses products in float32. The distance is then computed from the difference in float64, so that equal vectors
    have a distance of exactly 0. Products are most accurate for features with means near 0.

    Args:
        others: whether the points are the candidates themselves; each point then ignores itself.
    """
    halved = candidates.square().sum(1) / 2
    distances, rows = [], []
    for first in range(0, len(points), ROWS):
        chunk = points[first : first + ROWS]
        order = torch.addmm(halved, chunk, candidates.T, alpha=-1)  # half the squared distances, up to a constant per row
        if others:
            order[torch.arange(len(chunk)), torch.arange(first, first + len(chunk))] = torch.inf
        found = order.argmin(1)
        distances.append((chunk.double() - candidates[found].double()).norm(dim=1))
        rows.append(found)
    return torch.cat(distances).numpy(), torch.cat(rows).numpy()
