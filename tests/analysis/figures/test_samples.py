from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.analysis.figures.samples import closest_pairs, gallery, stacked


def test_the_gallery_shows_every_picture_under_its_title(tmp_path: Path) -> None:
    pictures = {}
    for i in range(5):
        Image.new("RGB", (8, 8), (50 * i, 0, 0)).save(tmp_path / f"{i}.png")
        pictures[f"loss {i}"] = tmp_path / f"{i}.png"
    figure = gallery(pictures, columns=4)
    shown = [axes for axes in figure.axes if axes.get_images()]
    assert [axes.get_title() for axes in shown] == list(pictures)
    assert shown[3].get_images()[0].get_array()[0, 0, 0] == pytest.approx(150 / 255, abs=0.01)


def test_the_gallery_says_where_there_is_no_picture(tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    figure = gallery({"LS GAN": tmp_path / "a.png", "BEGAN": None})
    (empty,) = [axes for axes in figure.axes if not axes.get_images()]
    assert empty.get_title() == "BEGAN" and [text.get_text() for text in empty.texts] == ["no picture"]


def test_stacked_pictures_are_one_below_the_other_as_they_are(tmp_path: Path) -> None:
    for i, (size, grey) in enumerate([((4, 2), 10), ((3, 5), 20)]):
        Image.new("L", size, grey).save(tmp_path / f"{i}.png")
    with Image.open(BytesIO(stacked([tmp_path / "0.png", tmp_path / "1.png"]))) as whole:
        assert whole.size == (4, 7)
        assert [whole.getpixel(place) for place in [(0, 0), (3, 1), (0, 2), (2, 6), (3, 6)]] == [
            (grey, grey, grey) for grey in (10, 10, 20, 20, 255)
        ]


def test_the_gallery_says_so_of_a_damaged_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG no picture")
    Image.new("L", (64, 64)).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:60])
    figure = gallery({"LS GAN": tmp_path / "a.png", "BEGAN": tmp_path / "b.png"})
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["no picture", "no picture"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 8])
def test_each_column_has_a_generated_image_above_its_neighbours_and_their_distances(channels: int, count: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, count, channels, 4, 5), dtype=np.uint8)
    to_training, to_test = np.arange(count) + 0.25, np.arange(count) + 0.5
    figure = closest_pairs(*images, to_training, to_test)
    grid = np.array(figure.axes).reshape(3, 8)
    for line, of_line in zip(grid, images, strict=True):
        for axes, image in zip(line, of_line, strict=False):
            (shown,) = axes.get_images()
            assert np.array_equal(shown.get_array(), image.transpose(1, 2, 0).squeeze())
        assert not any(axes.get_images() for axes in line[count:])
    for i in range(count):
        titles = [axes.get_title() for axes in grid[:, i]]
        assert titles == ["", f"{to_training[i]:.3g}", f"{to_test[i]:.3g}"]
    figure.draw_without_rendering()
