"""The nearest of many feature vectors, by their exact distances."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.metrics.features import Floats

ROWS = 500  # of distances held at once: 100 MB where there are 50,000 to choose from

Rows = NDArray[np.int64]


def nearest(points: Tensor, candidates: Tensor, *, others: bool = False) -> tuple[Floats, Rows]:
    """The distances [n] of points float32 [n, d] to their nearest candidates [m, d], and the rows [n] of those.

    The nearest one is found by products in float32, and its distance computed from the difference in float64: the distance of
    equal vectors is exactly 0. Features should have means near 0, where products are most accurate.

    Args:
        others: whether the points are the candidates themselves, and each looks for the nearest other one.
    """
    halved = candidates.square().sum(1) / 2
    distances, rows = [], []
    for first in range(0, len(points), ROWS):
        chunk = points[first : first + ROWS]
        order = torch.addmm(halved, chunk, candidates.T, alpha=-1)  # half the squared distances, but for what a row shares
        if others:
            order[torch.arange(len(chunk)), torch.arange(first, first + len(chunk))] = torch.inf
        found = order.argmin(1)
        distances.append((chunk.double() - candidates[found].double()).norm(dim=1))
        rows.append(found)
    return torch.cat(distances).numpy(), torch.cat(rows).numpy()
