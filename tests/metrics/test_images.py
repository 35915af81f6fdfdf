"""Bad images end with one clear error before anything is computed from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from support.command_line import ganbench

from benchmark.data import DataSet, Split
from benchmark.metrics.images import checked_images, read_images
from benchmark.plugins import UserError

SHAPE = (3, 4, 5)


def random(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_from_zero_to_one_are_the_same_images(dtype: type) -> None:
    images = random(6, *SHAPE)
    assert np.array_equal(checked_images((images / 255).astype(dtype), SHAPE, None).numpy(), images)


def test_channels_may_come_last_and_a_single_one_may_be_left_out() -> None:
    images = random(6, *SHAPE)
    assert np.array_equal(checked_images(np.moveaxis(images, 1, -1), SHAPE, None).numpy(), images)
    assert np.array_equal(checked_images(images[:, 0], (1, 4, 5), None).numpy(), images[:, :1])


def test_channels_first_are_taken_as_such_where_both_would_fit() -> None:
    images = random(6, 3, 3, 3)
    assert np.array_equal(checked_images(images, (3, 3, 3), None).numpy(), images)


def test_the_first_images_are_taken() -> None:
    images = random(6, *SHAPE)
    assert np.array_equal(checked_images(images, SHAPE, 4).numpy(), images[:4])


def with_value(value: float) -> NDArray[np.float64]:
    images = random(6, *SHAPE) / 255
    images[2, 1, 0, 0] = value
    return images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (with_value(np.nan), "1 of 6 images contain NaN"),
        (with_value(-np.inf), "1 of 6 images contain NaN"),
        (with_value(-1), "values from -1 to"),
        (with_value(255), r"to 255; floats must lie in 0 to 1"),
        (random(6, *SHAPE).astype(np.int64), "type int64"),
        (random(6, 4, 5), r"shape \(6, 4, 5\) does not fit"),
        (random(6, 3, 28, 28), r"\[n, 3, 4, 5\] is needed"),
        (random(0, *SHAPE), "0 images; 1 needed"),
    ],
)
def test_images_that_cannot_be_scored_are_an_error_of_at_most_two_lines(images: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        checked_images(images, SHAPE, None, "mine.npy")
    assert str(error.value).startswith("mine.npy: ") and len(str(error.value).splitlines()) <= 2


def test_fewer_images_than_asked_for_are_an_error() -> None:
    with pytest.raises(UserError, match="6 images; 10,000 needed"):
        checked_images(random(6, *SHAPE), SHAPE, 10_000)


def test_files_of_other_kinds_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("not an array")
    np.savez(tmp_path / "several.npz", a=random(6, *SHAPE), b=random(6, *SHAPE))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "several.npz").read_bytes()[:500])
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name, message in [
        ("text.npy", "not an .npy"),
        ("several.npz", r"an archive of 2 arrays \(a, b\)"),
        ("cut.npz", "not an .npy"),
        ("objects.npy", "not an .npy"),
        ("missing.npy", "No images at"),
    ]:
        with pytest.raises(UserError, match=message):
            read_images(tmp_path / name, SHAPE)


def test_an_archive_of_one_array_is_that_array(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "one.npz", images=random(6, *SHAPE))
    assert np.array_equal(read_images(tmp_path / "one.npz", SHAPE).numpy(), random(6, *SHAPE))


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 4, 4)])
def test_a_folder_of_image_files_is_read_in_the_order_of_their_names(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    images = random(6, *shape)
    for number, image in enumerate(images):
        Image.fromarray(image.transpose(1, 2, 0).squeeze()).save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no image")
    assert np.array_equal(read_images(tmp_path, shape).numpy(), images)
    assert np.array_equal(read_images(tmp_path, shape, 4).numpy(), images[:4])
    assert np.array_equal(read_images(tmp_path / "3.png", shape).numpy(), images[3:4])


def test_image_files_that_cannot_be_scored_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no PNG or JPEG files"):
        read_images(tmp_path, SHAPE)
    for name, side in (("a.png", 8), ("b.png", 8)):
        Image.fromarray(random(side, side)).save(tmp_path / name)
    with pytest.raises(UserError, match=r"shape \(2, 1, 8, 8\) does not fit the data set; \[n, 1, 4, 4\] is needed"):
        read_images(tmp_path, (1, 4, 4))
    Image.fromarray(random(9, 9)).save(tmp_path / "b.png")
    with pytest.raises(UserError, match=r"b\.png differs in size from a\.png \(8x8\)"):
        read_images(tmp_path, (1, 8, 8))
    (tmp_path / "b.png").write_text("no image")
    with pytest.raises(UserError, match=r"1 of 2 files .*: b\.png"):
        read_images(tmp_path, (1, 8, 8))


def test_floats_a_rounding_beyond_0_and_1_are_taken() -> None:
    images = random(6, *SHAPE)
    for beyond in (1e-6, 1.9e-3):
        assert np.array_equal(checked_images(images / 255 * (1 + 2 * beyond) - beyond, SHAPE, None).numpy(), images)
    with pytest.raises(UserError, match=r"values from 0 to 1\.002"):
        checked_images(images / 255 * 1.002, SHAPE, None)


def test_bytes_that_are_0_or_1_only_get_a_warning() -> None:
    said: list[str] = []
    checked_images(random(6, *SHAPE) % 2, SHAPE, None, "mine.npy", said.append)
    assert len(said) == 1 and said[0].startswith("Warning: mine.npy: ") and "multiply by 255" in said[0]
    for usual in (random(6, *SHAPE), random(6, *SHAPE) % 2 * np.uint8(255), np.zeros((6, *SHAPE), np.uint8)):
        checked_images(usual, SHAPE, None, "mine.npy", said.append)
    assert len(said) == 1


class Noise(DataSet):
    key, name, image_shape, classes = "noise", "Noise", (1, 4, 5), 2
    splits = ("train", "test")

    def load(self, split: str) -> Split:
        return Split(random(60, 1, 4, 5), np.arange(60) % 2)


def score(path: Path, *arguments: str) -> tuple[int, str, str]:
    return ganbench("score", path, "--extractor", "pixels", "--data", path.parent, *arguments)


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("benchmark.data.find_dataset", lambda name: Noise)
    np.save(tmp_path / "mine.npy", random(60, 1, 4, 5))
    return tmp_path / "mine.npy"


def test_the_command_scores_the_test_images_themselves_as_perfect(images: Path) -> None:
    code, out, err = score(images, "--metrics", "fid,improved-precision-recall")
    assert code == 0, err
    values = dict(line.split() for line in out.splitlines()[1:])
    assert "60 images, extractor pixels" in out
    assert float(values["fid_pixels"]) == pytest.approx(0, abs=1e-9)
    assert float(values["neighbour_precision_pixels"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "100"], "60 images; 100 needed"),
        (["--images", "1"], "mine.npy, images = 1: the metric 'fid' needs 2 images at least"),
        (["--images", "2", "--metrics", "improved-precision-recall"], "needs 4 images at least"),
        (["--images", "6", "--metrics", "fid,inception-score"], "needs 10 images at least"),
        (["--metrics", "fod"], "Unknown metric 'fod'"),
        (["--metrics", "precision-recall"], "needs a generator"),
        (["--metrics", "inception-score"], "Inception score needs class scores"),
    ],
)
def test_the_commands_errors_are_one_message_and_exit_code_2(images: Path, arguments: list[str], message: str) -> None:
    code, _, err = score(images, *arguments)
    assert code == 2 and message in err and len(err.splitlines()) <= 2
