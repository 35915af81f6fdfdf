from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from benchmark.data import polygons
from benchmark.data.polygons import RADIUS, SIDE, SPLITS, SUBPIXELS, Squares, Triangles, farthest_sector, render

Floats = NDArray[np.float64]
BOTH = pytest.mark.parametrize("dataset", [Triangles, Squares])
SMALL_SPLITS = {"train": (0, 60), "test": (60, 70), "validation": (70, 80)}
CORNERS = {Triangles: 3, Squares: 4}


def covered(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The number of covered sub-pixels, 0 to 64, of each pixel: rounding to 256 values keeps 65 apart."""
    return np.rint(SUBPIXELS**2 * (1 - images / 255)).astype(np.int64)


def distance_to_outline(points: Floats, corners: Floats) -> Floats:
    distances = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = ((points - start) @ (end - start) / ((end - start) @ (end - start))).clip(0, 1)
        distances.append(np.linalg.norm(points - start - along[:, None] * (end - start), axis=1))
    return np.min(distances, axis=0)


@BOTH
def test_a_pixel_counts_the_subpixels_whose_centre_lies_in_the_polygon(dataset: type[Triangles]) -> None:
    corners_of_all = dataset(Path()).vertices()[:40]
    images = render(corners_of_all)
    ticks = (np.arange(SIDE * SUBPIXELS) + 0.5) / SUBPIXELS
    centres = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    for corners, image in zip(corners_of_all, images, strict=True):
        inside = Outline(corners).contains_points(centres)
        at_edge = distance_to_outline(centres, corners) < 1e-9  # either answer is right there

        def per_pixel(which: NDArray[np.bool_]) -> NDArray[np.int64]:
            return which.reshape(SIDE, SUBPIXELS, SIDE, SUBPIXELS).sum(axis=(1, 3))

        assert (per_pixel(inside & ~at_edge) <= covered(image)).all()
        assert (covered(image) <= per_pixel(inside | at_edge)).all()


def test_a_rectangle_along_the_pixels_is_black_on_white_with_rows_downwards() -> None:
    expected = np.full((1, SIDE, SIDE), 255, np.uint8)
    expected[0, 5:9, 10:25] = 0
    rectangle = np.array([[[10, 5], [25, 5], [25, 9], [10, 9]]], float)
    np.testing.assert_array_equal(render(rectangle), expected)


def test_a_square_that_cuts_pixels_covers_its_exact_area() -> None:
    image = render(np.array([[[8.5, 8.25], [19.5, 8.25], [19.5, 19.25], [8.5, 19.25]]]))[0]
    assert covered(image).sum() == 11 * 11 * SUBPIXELS**2
    assert image[8, 8] == 159  # 255 * (1 - 0.5 * 0.75) = 159.375
    assert image[19, 12] == 191  # 255 * (1 - 0.25) = 191.25
    assert image[12, 19] == 128  # 255 / 2 = 127.5, rounded to even


@settings(deadline=None)
@given(arrays(float, (3, 2), elements=st.integers(0, SIDE * 10**6).map(lambda micropixels: micropixels / 1e6)))
def test_a_triangles_coverage_is_its_area_but_for_the_subpixels_on_its_outline(corners: Floats) -> None:
    (x0, y0), (x1, y1), (x2, y2) = corners
    area = ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / 2
    assume(area != 0)
    if area < 0:
        corners = corners[::-1]
    sides = np.abs(np.roll(corners, -1, axis=0) - corners)
    on_outline = (sides * SUBPIXELS + 1).sum()  # a side meets at most that many sub-pixels
    counted = covered(render(corners[None])).sum()
    assert abs(counted - abs(area) * SUBPIXELS**2) <= on_outline


def test_chunks_do_not_show() -> None:
    corners = Triangles(Path()).vertices()[:7]
    np.testing.assert_array_equal(render(corners, chunk=3), render(corners))


def circumcentre(corners: Floats) -> Floats:
    """The point [n, 2] as far from the first three corners: (p_i - p_0) . c = (|p_i|^2 - |p_0|^2) / 2 for i = 1, 2."""
    first, others = corners[:, :1], corners[:, 1:3]
    return np.linalg.solve(others - first, (np.square(others).sum(-1) - np.square(first).sum(-1))[..., None] / 2)[..., 0]


@BOTH
def test_corners_lie_on_a_circle_of_radius_ten_and_a_half_with_their_mean_at_the_rasters_centre(
    dataset: type[Triangles],
) -> None:
    corners = dataset(Path()).vertices()[:5000]
    assert corners.shape == (5000, CORNERS[dataset], 2)
    np.testing.assert_allclose(corners.mean(axis=1), SIDE / 2, rtol=1e-12)
    radii = np.linalg.norm(corners - circumcentre(corners)[:, None], axis=-1)
    np.testing.assert_allclose(radii, RADIUS, rtol=1e-9)
    assert RADIUS == 10.5


@BOTH
def test_neighbouring_corners_are_at_least_ten_degrees_apart(dataset: type[Triangles]) -> None:
    corners = dataset(Path()).vertices()[:20_000]
    offset = corners - circumcentre(corners)[:, None]
    angles = np.rad2deg(np.arctan2(offset[..., 1], offset[..., 0]))
    gaps = (np.roll(angles, -1, axis=1) - angles) % 360
    np.testing.assert_allclose(gaps.sum(axis=1), 360)  # once around, in order
    assert gaps.min() >= 10 - 1e-6
    assert gaps.min() < 11  # the bound is reached: nothing keeps them further apart
    assert gaps.max() <= 10 + 2 * dataset.spread + 1e-6


@BOTH
def test_every_polygon_lies_within_the_raster(dataset: type[Triangles]) -> None:
    corners = dataset(Path()).vertices()
    assert corners.min() >= 0 and corners.max() <= SIDE


@BOTH
def test_the_same_seed_gives_the_same_bytes(dataset: type[Triangles]) -> None:
    assert dataset(Path("a")).vertices().tobytes() == dataset(Path("b")).vertices().tobytes()


def test_the_first_hundred_triangles_are_those_of_format_1() -> None:
    # If this fails, published scores no longer compare: raise FORMAT.
    images = render(Triangles(Path()).vertices()[:100])
    assert polygons.FORMAT == 1
    assert hashlib.sha256(images.tobytes()).hexdigest() == "5de46e1260be2224cee7a80343142288c0a530db88362971b641058664defcaf"


def test_eighty_thousand_polygons_are_split_as_in_the_paper() -> None:
    assert {name: stop - start for name, (start, stop) in SPLITS.items()} == {
        "train": 60_000,
        "test": 10_000,
        "validation": 10_000,
    }
    rows = np.concatenate([np.arange(*bounds) for bounds in SPLITS.values()])
    np.testing.assert_array_equal(rows, np.arange(80_000))


@BOTH
def test_splits_are_disjoint_slices_of_the_rendered_polygons(
    dataset: type[Triangles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polygons, "SPLITS", SMALL_SPLITS)
    parts = [dataset(tmp_path).load(split) for split in SMALL_SPLITS]
    corners = dataset(tmp_path).vertices()
    assert [part.images.shape for part in parts] == [(60, 1, 28, 28), (10, 1, 28, 28), (10, 1, 28, 28)]
    np.testing.assert_array_equal(np.concatenate([part.images[:, 0] for part in parts]), render(corners))
    np.testing.assert_array_equal(np.concatenate([part.labels for part in parts]), farthest_sector(corners, 12))


def test_a_second_load_does_not_render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygons, "SPLITS", SMALL_SPLITS)
    first = Triangles(tmp_path).load("test")
    monkeypatch.setattr(polygons, "render", lambda vertices: pytest.fail("rendered again"))
    second = Triangles(tmp_path).load("test")
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.labels, second.labels)


@pytest.mark.parametrize(
    ("where", "name", "value"), [(polygons, "FORMAT", 2), (Triangles, "seed", 5), (Triangles, "spread", 100)]
)
def test_a_cache_of_another_recipe_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str, value: object
) -> None:
    monkeypatch.setattr(polygons, "SPLITS", SMALL_SPLITS)
    Triangles(tmp_path).load("test")
    monkeypatch.setattr(where, name, value)
    monkeypatch.setattr(polygons, "render", lambda vertices: np.full((len(vertices), SIDE, SIDE), 7, np.uint8))
    assert (Triangles(tmp_path).load("test").images == 7).all()


def polygon_with_farthest_corner_at(degrees: float) -> Floats:
    near = [[SIDE / 2 + 1, SIDE / 2], [SIDE / 2, SIDE / 2 - 1]]
    far = [SIDE / 2 + 9 * np.cos(np.deg2rad(degrees)), SIDE / 2 + 9 * np.sin(np.deg2rad(degrees))]
    return np.array([[near[0], far, near[1]]])


@pytest.mark.parametrize(("degrees", "sector"), [(1, 0), (29, 0), (31, 1), (100, 3), (181, 6), (359, 11), (-31, 10)])
def test_farthest_sector_of_twelve(degrees: float, sector: int) -> None:
    assert farthest_sector(polygon_with_farthest_corner_at(degrees), 12).tolist() == [sector]


def test_every_class_of_triangles_occurs_about_equally_often() -> None:
    # Each is turned by a uniform angle: 12,000 / 12 = 1,000 with a standard deviation of 30.
    counts = np.bincount(farthest_sector(Triangles(Path()).vertices()[:12_000], 12), minlength=12)
    assert counts.min() > 850 and counts.max() < 1150
