"""Images of polygons as a differentiable function of their vertices."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.data.polygons import SIDE

VERTICAL = 1e-6  # pixels: an edge that moves sideways by less within a row counts as vertical there
FLAT = 1e-9  # pixels: an edge that rises by less covers nothing; its slope would overflow


def coverage(vertices: Tensor) -> Tensor:
    """The exact share [n, 28, 28], in [0, 1], of each pixel that polygons [n, m, 2] cover, in the vertices' dtype.

    Vertices are (x, y) in pixels, ordered by increasing angle from x to y (as in ``render``). By Green's theorem the covered
    part of row j left of column i is the integral of min(x, i) dy along the outline within the row.
    """
    following = vertices.roll(-1, dims=1)
    x0, y0 = vertices[..., None, 0], vertices[..., None, 1]  # [n, m, 1]
    x1, y1 = following[..., None, 0], following[..., None, 1]
    rows = torch.arange(SIDE, dtype=vertices.dtype, device=vertices.device)
    columns = torch.arange(SIDE + 1, dtype=vertices.dtype, device=vertices.device)
    begin, end = torch.clamp(y0 - rows, 0, 1), torch.clamp(y1 - rows, 0, 1)  # [n, m, 28]: within the row
    rise = torch.where((y1 - y0).abs() < FLAT, 1.0, y1 - y0)
    slope = (x1 - x0) / rise
    left, right = x0 + (rows + begin - y0) * slope, x0 + (rows + end - y0) * slope
    left, right = (x[..., None] - columns for x in (left, right))  # [n, m, 28, 29]
    lean = right - left
    steep = lean.abs() < VERTICAL
    # The mean of max(x - i, 0) between the two ends: the secant of its antiderivative.
    secant = (right.clamp(min=0).square() - left.clamp(min=0).square()) / (2 * torch.where(steep, 1.0, lean))
    beyond = torch.where(steep, ((left + right) / 2).clamp(min=0), secant)
    area = (beyond * (end - begin)[..., None]).sum(dim=1)
    return area[..., :-1] - area[..., 1:]


def coverage_gradient(vertices: Tensor) -> Tensor:
    """The derivatives [n, m, 2, 28, 28] of ``coverage`` by every vertex's x and y.

    If a point of the outline moves by (dx, dy), the area grows by dx rise - dy run per length of its edge. The edge crosses a
    pixel from t = a to t = b. A point at t follows the edge's end with weight t and its beginning with weight 1 - t.
    """
    edge = vertices.roll(-1, dims=1) - vertices
    grid = torch.arange(SIDE + 1, dtype=vertices.dtype, device=vertices.device)
    safe = torch.where(edge.abs() < VERTICAL, VERTICAL, edge)
    cuts = (grid - vertices[..., None]) / safe[..., None]  # [n, m, 2, 29]: where the edge crosses the pixels' borders
    begin = torch.minimum(cuts[..., :-1], cuts[..., 1:]).clamp(0, 1)
    end = torch.maximum(cuts[..., :-1], cuts[..., 1:]).clamp(0, 1)
    a = torch.maximum(begin[..., 1, :, None], begin[..., 0, None, :])  # [n, m, 28, 28]
    b = torch.maximum(torch.minimum(end[..., 1, :, None], end[..., 0, None, :]), a)
    of_end = (b.square() - a.square()) / 2
    of_begin = (b - a) - of_end
    at_vertex = torch.stack([of_begin, of_end.roll(1, dims=1)])[:, :, :, None]  # of the edge after a vertex, and before it
    normal = torch.stack([edge[..., 1], -edge[..., 0]], dim=-1)
    normals = torch.stack([normal, normal.roll(1, dims=1)])[..., None, None]
    return (at_vertex * normals).sum(dim=0)
