from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from torch.func import jacrev, vmap

from benchmark.data.polygons import SIDE, Squares, Triangles, render
from benchmark.metrics.manifold.coverage import coverage, coverage_gradient

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]
BOTH = pytest.mark.parametrize("dataset", [Triangles, Squares])


def signed_area(corners: Floats) -> float:
    """The shoelace formula."""
    x, y = corners.T
    return float(x @ np.roll(y, -1) - np.roll(x, -1) @ y) / 2


def test_a_rectangle_along_the_axes_covers_the_products_of_its_overlaps() -> None:
    image = coverage(torch.tensor([[[8.5, 8.25], [19.5, 8.25], [19.5, 19.25], [8.5, 19.25]]], dtype=torch.float64))[0]
    assert image[8, 8] == pytest.approx(0.5 * 0.75)
    assert image[12, 12] == pytest.approx(1)
    assert image[19, 19] == pytest.approx(0.5 * 0.25)
    assert image[7, 12] == image[20, 12] == image[12, 7] == image[12, 20] == 0


def test_a_corner_within_a_pixel_covers_its_triangle() -> None:
    image = coverage(torch.tensor([[[3.0, 5.0], [3.5, 5.0], [3.0, 5.5]]], dtype=torch.float64))[0]
    assert image[5, 3] == pytest.approx(0.5 * 0.5 / 2)
    assert image.sum() == pytest.approx(0.125)


@settings(deadline=None)
@given(arrays(float, (4, 2), elements=st.floats(0, SIDE)))
def test_the_coverage_of_all_pixels_adds_up_to_the_signed_area(corners: Floats) -> None:
    assert coverage(torch.tensor(corners)[None]).sum().item() == pytest.approx(signed_area(corners), abs=1e-5)


@settings(deadline=None)
@given(arrays(float, (3, 2), elements=st.floats(-SIDE, 2 * SIDE)))
def test_what_lies_beyond_the_raster_covers_nothing(corners: Floats) -> None:
    assume(abs(signed_area(corners)) > 1)
    corners = corners if signed_area(corners) > 0 else corners[::-1].copy()
    image = coverage(torch.tensor(corners)[None])[0]
    assert image.min() > -1e-5 and image.max() < 1 + 1e-5


@BOTH
def test_coverage_is_what_eight_by_eight_subpixels_count_up_to_their_size(dataset: type[Triangles]) -> None:
    corners = dataset(Path()).vertices()[:500]
    counted = 1 - render(corners) / 255
    # An edge through a pixel meets at most 16 of the 64 sub-pixels; half of them at a time on the wrong side.
    assert np.abs(coverage(torch.tensor(corners)).numpy() - counted).max() < 8 / 64


@BOTH
def test_the_gradient_is_that_of_automatic_differentiation(dataset: type[Triangles]) -> None:
    corners = torch.tensor(dataset(Path()).vertices()[:8])
    expected = vmap(jacrev(lambda one: coverage(one[None])[0]))(corners).permute(0, 3, 4, 1, 2)
    torch.testing.assert_close(coverage_gradient(corners), expected, rtol=0, atol=1e-5)


def test_the_gradient_is_the_limit_of_differences_also_for_edges_along_the_axes() -> None:
    # Edges within pixels: one on a border has two one-sided slopes.
    corners = torch.tensor([[[5.3, 6.4], [20.3, 6.4], [20.3, 17.7], [5.3, 17.7]]], dtype=torch.float64)
    gradient, step = coverage_gradient(corners)[0], 1e-5
    for k in range(4):
        for axis in range(2):
            move = torch.zeros_like(corners)
            move[0, k, axis] = step
            difference = (coverage(corners + move) - coverage(corners - move))[0] / (2 * step)
            torch.testing.assert_close(gradient[k, axis], difference, rtol=0, atol=1e-4)
