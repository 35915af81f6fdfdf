from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.command_line import ganbench

from benchmark.data import find_dataset
from benchmark.data.image_folder import ImageFolder, folder_of
from benchmark.metrics.images import read_images
from benchmark.plugins import UserError
from benchmark.study.planning.plan_cache import is_keepable
from benchmark.study.planning.studyfile import read_study

pytestmark = pytest.mark.slow

COUNT = 607  # of which a sixth, 101, test


def fill(folder: Path, count: int = COUNT, *, shape: tuple[int, ...] = (28, 28), first: int = 0) -> Path:
    """Images of noise in the folder, named by numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        pixels = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images in three folders: 200 in each of a and b, the others in c."""
    folder = tmp_path_factory.mktemp("images") / "My photos"
    fill(folder / "b", 200)
    fill(folder / "a", 200, first=200)
    fill(folder / "c" / "deep", COUNT - 400, first=400)
    return folder


@pytest.fixture
def a_dozen_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.data.image_folder.LEAST", 2)


def test_folders_are_classes_and_every_image_is_in_one_split(grey: Path, tmp_path: Path) -> None:
    cls = find_dataset(str(grey))
    dataset = cls(tmp_path)
    assert (cls.image_shape, cls.classes, cls.name) == ((1, 28, 28), 3, "My photos")
    splits = {split: dataset.load(split) for split in dataset.splits}
    assert {split: len(part) for split, part in splits.items()} == {"train": 405, "validation": 101, "test": 101}
    expected = {np.asarray(Image.open(p)).tobytes(): "abc".index(p.relative_to(grey).parts[0]) for p in grey.rglob("*.png")}
    for part in splits.values():
        assert part.images.dtype == np.uint8 and part.labels.dtype == np.int64
        assert [expected.pop(image.tobytes()) for image in part.images] == part.labels.tolist()
    assert not expected


@pytest.mark.usefixtures("a_dozen_is_enough")
def test_a_pipe_among_the_images_is_named_and_not_waited_for(tmp_path: Path) -> None:
    fill(tmp_path / "images", 12)
    os.mkfifo(tmp_path / "images" / "x.png")
    with pytest.raises(UserError, match=r"1 of 13 files .*: x.png.\n.*a pipe"):
        find_dataset(str(tmp_path / "images"))
    with pytest.raises(UserError, match="a pipe"):
        read_images(tmp_path / "images" / "x.png", (1, 28, 28))


def test_the_files_hashes_split_the_images(grey: Path, tmp_path: Path) -> None:
    files = sorted(grey.rglob("*.png"), key=lambda p: hashlib.sha256(p.read_bytes()).hexdigest())
    test = find_dataset(str(grey))(tmp_path).load("test").images[:, 0]
    np.testing.assert_array_equal(test, np.stack([np.asarray(Image.open(p)) for p in files[:101]]))


def test_the_key_is_the_folder_s_name_and_its_contents(grey: Path, tmp_path: Path) -> None:
    cls = find_dataset(str(grey))
    name, at, digest = cls.key.partition("@")
    assert (name, at, len(digest)) == ("My-photos", "@", 12) and int(digest, 16) >= 0
    copied = Path(shutil.copytree(grey, tmp_path / "elsewhere" / "My photos"))
    assert find_dataset(str(copied)).key == cls.key
    (copied / "a" / "200.png").rename(copied / "a" / "renamed.png")
    assert find_dataset(str(copied)).key == cls.key
    (copied / "a" / "renamed.png").rename(copied / "b" / "renamed.png")  # now of another class
    moved = find_dataset(str(copied)).key
    (copied / "b" / "renamed.png").unlink()
    assert len({cls.key, moved, find_dataset(str(copied)).key, find_dataset(f"{grey}@64").key}) == 4


def test_images_are_decoded_once(grey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_dataset(str(grey))(tmp_path).load("train")
    monkeypatch.setattr("benchmark.data.image_folder.decode", None)
    again = find_dataset(str(grey))(tmp_path).load("train")
    np.testing.assert_array_equal(first.images, again.images)
    (cached,) = (tmp_path / "cache").iterdir()
    assert cached.name == f"{find_dataset(str(grey)).key}.npy"


def test_a_changed_image_makes_another_data_set_in_the_same_process(tmp_path: Path) -> None:
    folder = fill(tmp_path / "photos")
    before = find_dataset(str(folder))(tmp_path / "data")
    before.load("train")
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(folder / "7.png")
    after = find_dataset(str(folder))(tmp_path / "data")
    assert before.key != after.key
    images = np.concatenate([after.load(split).images for split in after.splits])
    assert (images == 0).all(axis=(1, 2, 3)).sum() == 1


def test_one_colour_image_makes_three_channels(tmp_path: Path) -> None:
    folder = fill(tmp_path / "photos", COUNT - 1)
    fill(folder, 1, shape=(28, 28, 3), first=COUNT)
    cls = find_dataset(str(folder))
    assert (cls.image_shape, cls.classes) == ((3, 28, 28), 1)
    images = cls(tmp_path).load("train").images
    assert images.shape == (COUNT - 202, 3, 28, 28)


@pytest.mark.parametrize(("smallest", "side"), [(20, 28), (31, 28), (32, 32), (63, 32), (64, 64), (100, 64)])
@pytest.mark.usefixtures("a_dozen_is_enough")
def test_the_side_is_the_largest_that_no_image_falls_short_of(tmp_path: Path, smallest: int, side: int) -> None:
    folder = fill(tmp_path / "photos", 12, shape=(120, 110))
    fill(folder, 1, shape=(smallest, 120), first=12)
    assert find_dataset(str(folder)).image_shape == (1, side, side)
    chosen = find_dataset(f"{folder}@32")
    assert chosen.image_shape == (1, 32, 32)
    assert chosen(tmp_path).load("test").images.shape == (2, 1, 32, 32)


def test_another_side_is_refused(grey: Path) -> None:
    with pytest.raises(UserError, match="28, 32, 64 pixels"):
        find_dataset(f"{grey}@48")


def test_too_few_images_are_refused_with_the_number_needed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"photos has 599 PNG and JPEG files; 600 are needed"):
        find_dataset(str(fill(tmp_path / "photos", 599)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"empty has 0 PNG"):
        find_dataset(str(tmp_path / "empty"))


def test_damaged_files_are_named_before_anything_is_kept(tmp_path: Path) -> None:
    folder = fill(tmp_path / "photos")
    content = (folder / "5.png").read_bytes()
    (folder / "5.png").write_bytes(content[: len(content) // 2])  # its header is intact
    dataset = find_dataset(str(folder))(tmp_path / "data")
    with pytest.raises(UserError, match=r"1 of 607 files .*: 5.png"):
        dataset.load("train")
    assert not (tmp_path / "data").exists()
    (folder / "5.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"1 of 607 files .*: 5.png"):
        find_dataset(str(folder))


@pytest.mark.usefixtures("a_dozen_is_enough")
def test_a_name_of_the_package_comes_before_a_folder_called_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "mnist", 12)
    fill(tmp_path / "photos", 12, shape=(40, 40))
    assert find_dataset("mnist").key == "mnist"
    assert find_dataset("./mnist").key.startswith("mnist@")
    assert issubclass(find_dataset("photos"), ImageFolder)
    assert find_dataset("photos@32").image_shape == (1, 32, 32)
    with pytest.raises(UserError, match=r"No folder of images at \./nowhere"):
        find_dataset("./nowhere")
    with pytest.raises(UserError, match="Unknown data set 'nowhere'"):
        find_dataset("nowhere")


def test_a_folder_whose_name_ends_like_a_side_is_itself(tmp_path: Path) -> None:
    (tmp_path / "faces@32").mkdir()
    (tmp_path / "faces").mkdir()
    assert folder_of(f"{tmp_path}/faces@32") == (tmp_path / "faces@32", None)
    assert folder_of(f"{tmp_path}/faces@64") == (tmp_path / "faces", 64)
    assert folder_of(f"{tmp_path}/faces@big") is None
    assert folder_of("\0") is None


@pytest.mark.parametrize(("name", "key"), [("...", "images"), ("a,b c", "a-b-c"), ("été", "t"), (".mine", "mine")])
@pytest.mark.usefixtures("a_dozen_is_enough")
def test_keys_have_no_letters_that_a_path_or_a_list_would_trip_over(tmp_path: Path, name: str, key: str) -> None:
    fill(tmp_path / name, 12)
    assert find_dataset(str(tmp_path / name)).key.partition("@")[0] == key


OPTIONS = ("--budget", "smoke", "--no-compile", "--workers", "1", "--seeds", "1")


def test_a_folder_goes_through_the_whole_pipeline(grey: Path, tmp_path: Path) -> None:
    folders = ("--results", tmp_path / "results", "--data", tmp_path / "data")
    code, _, err = ganbench("bench", "--dataset", grey, "--extractor", "pixels", *OPTIONS, *folders)
    assert code == 0, err
    key = find_dataset(str(grey)).key
    trials = pd.read_csv(tmp_path / "results" / "bench" / f"lsgan-{key}-smoke-pixels" / "trials.csv")
    assert trials[["dataset", "dataset_name", "status"]].values.tolist() == [[key, "My photos", "ok"]]
    assert trials[["best", "validation"]].notna().all(axis=None)


def test_without_classes_the_classifier_is_refused_and_the_others_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.data.image_folder.LEAST", 2)
    folder = fill(tmp_path / "photos", 12)
    folders = ("--results", tmp_path / "results", "--data", tmp_path / "data")
    for command in (("bench", *OPTIONS, *folders), ("train-extractor", "--data", tmp_path / "data")):
        code, _, err = ganbench(*command, "--dataset", folder)
        assert code == 2
        assert "photos has only one class" in err
        named = err.partition("--extractor")[2]
        assert "pixels" in named and "inception" in named and "efficientnet" in named
        assert "layers" not in named and "classifier" not in named  # which need classes too


def test_without_classes_nothing_is_read_before_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.data.image_folder.describe", None)
    folder = fill(tmp_path / "photos", 12)
    (tmp_path / "mine.toml").write_text(f'datasets = ["{folder}"]')
    folders = ("--results", tmp_path / "results", "--data", tmp_path / "data")
    for command in (
        ("bench", "--dataset", folder, *OPTIONS, *folders),
        ("plan", tmp_path / "mine.toml", *folders[:2]),
        ("train-extractor", "--dataset", folder),
        ("score", folder, "--dataset", folder),
    ):
        code, _, err = ganbench(*command)
        assert code == 2 and "one class" in err


def test_a_folder_whose_name_is_too_long_to_file_results_under_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.data.image_folder.describe", None)
    folder = fill(tmp_path / ("x" * 240), 1)
    with pytest.raises(UserError, match=r"272 bytes, .* 255") as error:
        find_dataset(str(folder))
    assert len(str(error.value).splitlines()) <= 2


def test_a_study_file_names_a_folder_beside_it(grey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "home" / "photos").symlink_to(grey)
    file = tmp_path / "home" / "mine.toml"
    file.write_text('datasets = ["./photos@32"]')
    monkeypatch.chdir(tmp_path / "home")
    here = read_study(file)
    assert here.datasets == ("./photos@32",)
    monkeypatch.chdir(tmp_path / "away")
    away = read_study(file)
    assert away.datasets == (str(tmp_path / "home" / "photos@32"),)
    assert find_dataset(away.datasets[0]).image_shape == (1, 32, 32)
    assert here.hash == away.hash
    assert not is_keepable(away)  # its images may change
