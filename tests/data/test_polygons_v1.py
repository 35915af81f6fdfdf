"""The released polygons against a second implementation of what their notebook does, sub-pixel by sub-pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from benchmark.data import find_dataset, polygons_v1
from benchmark.data.polygons import Squares, Triangles, render
from benchmark.data.polygons_v1 import SquaresV1, TrianglesV1

COUNT = 60
BOTH = pytest.mark.parametrize(("dataset", "corners"), [(TrianglesV1, 3), (SquaresV1, 4)])


def as_released(count: int, corners: int) -> NDArray[np.float64]:
    """Images [count, 28, 28]: google/compare_gan's colab by its own means, a point test and one polygon after the other.

    min_segment_angle = 20, scale = 0.75, raster_dim = 28, subpixel_res = 8, shift_to_mean = True, seed = 0.
    """
    rng = np.random.RandomState(0)
    segment, images = 360 / corners, np.empty((count, 28, 28))
    points = np.stack(np.mgrid[0 : 28 * 8, 0 : 28 * 8], axis=-1).reshape(-1, 2)
    for image in images:
        angles = np.array([i * segment + 10 + rng.rand() * (segment - 10) for i in range(corners)]) * np.pi / 180
        theta = np.radians(rng.rand() * 2 * np.pi)
        rotation = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
        unit = (np.column_stack([np.cos(angles), np.sin(angles)]) + 1) / 2
        vertices = unit @ rotation * 28 * 0.75
        vertices += 14 - vertices.mean(axis=0)
        outside = ~Outline(vertices * 8).contains_points(points).reshape(28 * 8, 28 * 8)
        # scipy.ndimage.convolve with 8 x 8 ones, white outside: at 8 p the sum over 8 p - 3 ... 8 p + 4.
        padded = np.pad(outside, ((3, 0), (3, 0)), constant_values=True)
        image[:] = [[padded[8 * p : 8 * p + 8, 8 * q : 8 * q + 8].mean() for q in range(28)] for p in range(28)]
    return images[rng.permutation(count)]


@BOTH
def test_images_are_the_released_code_s(dataset: type[Triangles], corners: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygons_v1, "SPLITS", {"train": (0, COUNT)})
    ours = render(dataset(Path()).vertices())
    np.testing.assert_array_equal(np.rint(64 * (ours / 255)), 64 * as_released(COUNT, corners))


def grey_share(dataset: type[Triangles]) -> float:
    images = render(dataset(Path()).vertices()[:10_000])
    return float(((images > 0) & (images < 255)).mean())


@pytest.mark.slow
def test_the_grey_shares_of_squares_tell_the_two_apart() -> None:
    assert grey_share(SquaresV1) == pytest.approx(0.0753, abs=0.0005)
    assert grey_share(Squares) == pytest.approx(0.0803, abs=0.0005)


@BOTH
def test_polygons_are_turned_by_at_most_two_pi_degrees(dataset: type[Triangles], corners: int) -> None:
    drawn = dataset(Path()).draw(5_000, np.random.default_rng(0))
    # The circle's centre is as far from the first three vertices; seen from there, x and y exchanged back.
    first, others = drawn[:, :1], drawn[:, 1:3]
    centre = np.linalg.solve(others - first, (np.square(others).sum(-1) - np.square(first).sum(-1))[..., None] / 2)[..., 0]
    y, x = np.moveaxis(drawn - centre[:, None], -1, 0)
    angles = np.sort(np.rad2deg(np.arctan2(y, x)) % 360, axis=1)
    starts, segment = 10 + 360 / corners * np.arange(corners), 360 / corners
    # Each lies in its own sector, of which a turn of 6.28 degrees is the only way out, and some do go out.
    assert (angles > starts - 6.29).all() and (angles < starts + segment - 10 + 1e-6).all()
    assert (angles < starts - 5.5).any()


@BOTH
def test_pictures_sit_seven_sixteenths_of_a_pixel_further(dataset: type[Triangles], corners: int) -> None:
    drawn = dataset(Path()).draw(100, np.random.default_rng(0))
    assert drawn.shape == (100, corners, 2)
    np.testing.assert_allclose(drawn.mean(axis=1), 14 + 0.4375)


def test_they_are_data_sets_of_their_own() -> None:
    assert [find_dataset(name) for name in ("triangles v1", "Squares-V1")] == [TrianglesV1, SquaresV1]
    assert find_dataset("triangles") is Triangles


def test_every_class_occurs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"train": (0, 600), "test": (600, 700), "validation": (700, 800)}
    monkeypatch.setattr(polygons_v1, "SPLITS", few)
    monkeypatch.setattr("benchmark.data.polygons.SPLITS", few)
    split = TrianglesV1(tmp_path).load("train")
    assert split.images.shape == (600, 1, 28, 28) and set(split.labels) == set(range(12))
