from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gdown.exceptions import FileURLRetrievalError
from PIL import Image
from torchvision import datasets

from benchmark.data.celeba import MALE, CelebA
from benchmark.plugins import UserError

WIDTH, HEIGHT = 178, 218
NAMES = [f"{i:06}.jpg" for i in range(1, 9)]
PARTITION = [0, 0, 0, 0, 1, 1, 2, 2]  # 0 train, 1 validation, 2 test
MALES = [1, -1, -1, 1, 1, 1, -1, 1]


def write_lists(folder: Path) -> None:
    """The five lists, as published: a count and a header, where they have one, then a row per image."""
    attributes = np.full((len(NAMES), 40), -1)
    attributes[:, MALE] = MALES
    header = [f"attribute_{i}" for i in range(40)]
    header[MALE] = "Male"

    def rows(values: object) -> list[str]:
        return [f"{name} " + " ".join(f"{v:2d}" for v in row) for name, row in zip(NAMES, np.array(values), strict=True)]

    count = str(len(NAMES))
    box, points = [[95, 71, 226, 313]] * len(NAMES), [[69, 109, 106, 113, 77, 142, 73, 152, 108, 154]] * len(NAMES)
    lists = {
        "list_attr_celeba.txt": [count, " ".join(header) + " ", *rows(attributes)],
        "list_bbox_celeba.txt": [count, "image_id x_1 y_1 width height", *rows(box)],
        "list_landmarks_align_celeba.txt": [count, "lefteye_x lefteye_y righteye_x righteye_y ...", *rows(points)],
        "list_eval_partition.txt": rows([[p] for p in PARTITION]),
        "identity_CelebA.txt": rows([[2880]] * len(NAMES)),
    }
    for name, lines in lists.items():
        (folder / name).write_text("\n".join(lines) + "\n")


def write_faces(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in NAMES:
        coarse = Image.fromarray(rng.integers(0, 256, (11, 9, 3), dtype=np.uint8))
        coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(folder / name, quality=95)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may try to download."""

    def fail(*arguments: object, **options: object) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr("gdown.download", fail)


@pytest.fixture
def celeba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CelebA:
    folder = tmp_path / "data" / "celeba"
    folder.mkdir(parents=True)
    write_lists(folder)
    write_faces(folder / "img_align_celeba")
    monkeypatch.setattr(datasets.CelebA, "_check_integrity", lambda self: True)
    return CelebA(tmp_path / "data")


@pytest.mark.parametrize(("split", "part"), [("train", 0), ("validation", 1), ("test", 2)])
def test_a_split_holds_the_images_of_its_part_cropped_to_the_central_160_pixels_and_resized(
    celeba: CelebA, split: str, part: int
) -> None:
    loaded = celeba.load(split)
    expected = []
    for name, its_part in zip(NAMES, PARTITION, strict=True):
        if its_part == part:
            face = Image.open(celeba.folder / "celeba" / "img_align_celeba" / name)
            # (178 - 160) / 2 = 9 from the left, (218 - 160) / 2 = 29 from the top
            small = face.crop((9, 29, 169, 189)).resize((64, 64), Image.Resampling.BILINEAR)
            expected.append(np.asarray(small).transpose(2, 0, 1))
    assert loaded.images.dtype == np.uint8
    assert loaded.images.shape == (PARTITION.count(part), *CelebA.image_shape)
    np.testing.assert_array_equal(loaded.images, np.stack(expected))


def test_channels_are_red_green_blue_and_the_border_is_cut_off(celeba: CelebA) -> None:
    face = Image.new("RGB", (WIDTH, HEIGHT), (0, 0, 255))
    face.paste((200, 100, 0), (8, 24, 176, 192))  # a little more than the crop, in whole 8x8 blocks of the JPEG
    face.save(celeba.folder / "celeba" / "img_align_celeba" / NAMES[0], quality=100, subsampling=0)
    first = celeba.load("train").images[0].astype(int)
    assert np.abs(first[0] - 200).max() <= 2
    assert np.abs(first[1] - 100).max() <= 2
    assert first[2].max() <= 2


def test_labels_say_whether_the_face_is_male(celeba: CelebA) -> None:
    labels = celeba.load("train").labels
    assert labels.dtype == np.int64
    assert labels.tolist() == [1, 0, 0, 1]
    assert celeba.load("test").labels.tolist() == [0, 1]


def test_faces_are_decoded_once(celeba: CelebA) -> None:
    first = celeba.load("train")
    for face in (celeba.folder / "celeba" / "img_align_celeba").iterdir():
        face.unlink()
    second = celeba.load("train")
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.labels, second.labels)


def test_missing_data_is_an_error_of_two_lines_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        CelebA(tmp_path / "data").load("train")
    wrong, remedy = str(error.value).splitlines()
    assert wrong.startswith("CelebA is not available: ")
    assert remedy.startswith("Put img_align_celeba.zip") and str(tmp_path / "data" / "celeba") in remedy


def test_a_missing_face_is_an_error_of_two_lines(celeba: CelebA) -> None:
    (celeba.folder / "celeba" / "img_align_celeba" / NAMES[2]).unlink()  # an extraction that was interrupted, say
    with pytest.raises(UserError) as error:
        celeba.load("train")
    assert len(str(error.value).splitlines()) == 2


def test_the_published_files_in_the_data_folder_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the error tells the user to do.
    folder = tmp_path / "data" / "celeba"
    folder.mkdir(parents=True)
    write_lists(folder)
    write_faces(folder / "img_align_celeba")
    with zipfile.ZipFile(folder / "img_align_celeba.zip", "w") as archive:
        for name in NAMES:
            archive.write(folder / "img_align_celeba" / name, f"img_align_celeba/{name}")
    shutil.rmtree(folder / "img_align_celeba")
    files = [(i, hashlib.md5((folder / name).read_bytes()).hexdigest(), name) for i, _, name in datasets.CelebA.file_list]
    monkeypatch.setattr(datasets.CelebA, "file_list", files)
    assert len(CelebA(tmp_path / "data").load("test").images) == 2


def test_a_quota_of_the_host_ends_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def over_quota(*arguments: object, **options: object) -> None:
        raise FileURLRetrievalError("Cannot retrieve the public link of the file: too many users have viewed it.")

    monkeypatch.setattr("gdown.download", over_quota)
    with pytest.raises(UserError, match=r"CelebA is not available: Cannot retrieve[\s\S]*Put img_align_celeba\.zip"):
        CelebA(tmp_path).load("train")
