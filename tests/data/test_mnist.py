from __future__ import annotations

import gzip
import hashlib
import os
import struct
from collections.abc import Callable
from http.client import IncompleteRead
from io import BytesIO
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.data import mnist
from benchmark.data.mnist import MNIST, FashionMNIST
from benchmark.plugins import UserError

Files = dict[str, bytes]
Damage = Callable[[bytes], bytes]
COUNTS = {"train": 6, "t10k": 3}
TRAIN_IMAGES = "train-images-idx3-ubyte"
RNG = np.random.default_rng(0)
IMAGES = {part: RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8) for part, n in COUNTS.items()}
LABELS = {part: RNG.integers(0, 10, n, dtype=np.uint8) for part, n in COUNTS.items()}


def idx(array: NDArray[np.uint8]) -> bytes:
    """The IDX format: two zero bytes, 8 for unsigned bytes, the number of dimensions, their sizes in big endian, the values."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


CONTENTS = {f"{part}-images-idx3-ubyte": idx(IMAGES[part]) for part in COUNTS}
CONTENTS |= {f"{part}-labels-idx1-ubyte": idx(LABELS[part]) for part in COUNTS}


def compressed(level: int = 9) -> Files:
    return {f"{name}.gz": gzip.compress(content, level, mtime=0) for name, content in CONTENTS.items()}


def put(files: Files, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def in_folder(folder: Path) -> Files:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def put_executable(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


class Internet:
    """Stands for the mirrors: unreachable unless it is given files; notes what it was asked for."""

    def __init__(self) -> None:
        self.files: Files = {}
        self.asked: list[str] = []

    def __call__(self, url: str, timeout: float) -> BytesIO:
        self.asked.append(url)
        if (name := url.rpartition("/")[2]) not in self.files:
            raise URLError("no network in tests")
        return BytesIO(self.files[name])


@pytest.fixture(autouse=True)
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    fake = Internet()
    monkeypatch.setattr(mnist, "urlopen", fake)
    return fake


@pytest.fixture(autouse=True)
def debian_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "debian" / "fashion-mnist"
    monkeypatch.setattr(mnist, "DEBIAN_FOLDER", folder)
    return folder


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder first in PATH, with an apt-get that fails at once: the real one would try the network."""
    folder = tmp_path / "programs"
    put_executable(folder / "apt-get", "echo 'E: no apt in tests' >&2; exit 100")
    put_executable(folder / "dpkg", "exit 1")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small files of these tests in place of the published ones."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()}
    monkeypatch.setattr(MNIST, "contents", sums)
    monkeypatch.setattr(FashionMNIST, "contents", sums)


@pytest.fixture
def digits(tmp_path: Path) -> MNIST:
    return MNIST(tmp_path / "data")


@pytest.fixture
def fashion(tmp_path: Path) -> FashionMNIST:
    return FashionMNIST(tmp_path / "data")


def assert_loads(dataset: MNIST) -> None:
    """All three splits have the images and labels of the small files; the last sixth of the training images validates."""
    for split, part, rows in (("train", "train", slice(5)), ("validation", "train", slice(5, 6)), ("test", "t10k", slice(3))):
        loaded = dataset.load(split)
        assert loaded.images.dtype == np.uint8 and loaded.labels.dtype == np.int64
        np.testing.assert_array_equal(loaded.images, IMAGES[part][rows, None])
        np.testing.assert_array_equal(loaded.labels, LABELS[part][rows])
        assert loaded.images.flags.writeable  # torch warns of others


# From the issue trackers and mirrors of both data sets: who compressed them, their names, and where users put them.
SERVED: dict[str, Files] = {
    "as published": compressed(),
    "compressed by someone else": compressed(level=1),
    "with another header": {name: data[:4] + b"\1\2\3\4" + data[8:] for name, data in compressed().items()},
    "extracted": CONTENTS,
    "extracted with a dot": {name.replace("-idx", ".idx"): content for name, content in CONTENTS.items()},
    "compressed with a dot": {name.replace("-idx", ".idx"): data for name, data in compressed().items()},
    "named .gz though a browser has decompressed it": {f"{name}.gz": content for name, content in CONTENTS.items()},
    "compressed without .gz in the name": {name.removesuffix(".gz"): data for name, data in compressed().items()},
}


@pytest.mark.parametrize("files", SERVED.values(), ids=SERVED)
@pytest.mark.parametrize("folder", ["MNIST/raw", "MNIST", "mnist", "mnist/raw", "."])
def test_files_are_accepted_by_their_content_wherever_they_lie(
    digits: MNIST, internet: Internet, files: Files, folder: str
) -> None:
    put(files, digits.folder / folder)
    assert_loads(digits)
    assert internet.asked == []
    assert in_folder(digits.folder / folder) == files  # nothing was added, changed or removed


@pytest.mark.parametrize("folder", ["FashionMNIST/raw", "fashion-mnist", "fashion", "."])
def test_fashion_mnist_in_the_data_folder_comes_before_every_other_source(
    fashion: FashionMNIST, debian_folder: Path, internet: Internet, folder: str
) -> None:
    put(compressed(), fashion.folder / folder)
    put(dict.fromkeys(compressed(), b"not to be read"), debian_folder)
    assert_loads(fashion)
    assert internet.asked == []


def test_a_data_folder_that_cannot_be_written_to_suffices(digits: MNIST, monkeypatch: pytest.MonkeyPatch) -> None:
    put(CONTENTS, digits.raw)
    monkeypatch.setattr(mnist, "write_atomically", read_only)
    assert_loads(digits)


def read_only(path: Path, content: bytes) -> None:
    raise PermissionError(30, "Read-only file system", str(path))


def test_what_was_fetched_is_used_even_where_it_cannot_be_kept(
    fashion: FashionMNIST, debian_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(compressed(), debian_folder)
    monkeypatch.setattr(mnist, "write_atomically", read_only)
    assert_loads(fashion)


def flipped_byte(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGES: dict[str, Damage] = {
    "a byte": flipped_byte,
    "half": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "another file": lambda data: b"<html>404</html>",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("files", [compressed(), CONTENTS], ids=["compressed", "extracted"])
def test_wrong_files_are_named_and_stay_as_they_are(digits: MNIST, files: Files, damage: Damage) -> None:
    wrong = {name: damage(data) for name, data in files.items()}
    put(wrong, digits.raw)
    with pytest.raises(UserError) as error:
        digits.load("train")
    said, remedy = str(error.value).splitlines()
    assert f"{digits.raw / next(iter(files))} differs from the published" in said
    assert "no network in tests" in said
    assert all(name in remedy for name in CONTENTS) and str(digits.raw) in remedy
    assert in_folder(digits.raw) == wrong


def test_files_of_the_other_data_set_in_the_shared_folder_are_not_taken(
    digits: MNIST, fashion: FashionMNIST, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MNIST, "contents", dict.fromkeys(CONTENTS, "0" * 64))
    put(CONTENTS, digits.folder)
    with pytest.raises(UserError, match=f"{digits.folder / TRAIN_IMAGES} differs from the published"):
        digits.load("train")
    assert_loads(fashion)


def test_a_verified_file_replaces_no_other(digits: MNIST, internet: Internet) -> None:
    wrong = {f"{TRAIN_IMAGES}.gz": b"mine", TRAIN_IMAGES: b"also mine"}
    put(wrong, digits.raw)
    internet.files = compressed()
    assert_loads(digits)
    assert {name: in_folder(digits.raw)[name] for name in wrong} == wrong
    asked = len(internet.asked)
    assert_loads(digits)
    assert len(internet.asked) == asked  # what was fetched is kept


def test_only_what_is_missing_is_downloaded(digits: MNIST, internet: Internet) -> None:
    internet.files = compressed()
    put({name: data for name, data in compressed().items() if "train-images" not in name}, digits.raw)
    assert_loads(digits)
    assert internet.asked == [f"{MNIST.mirrors[0]}/{TRAIN_IMAGES}.gz"]
    assert (digits.raw / TRAIN_IMAGES).read_bytes() == CONTENTS[TRAIN_IMAGES]


def test_the_second_mirror_is_asked_when_the_first_one_breaks_off(digits: MNIST, monkeypatch: pytest.MonkeyPatch) -> None:
    def urlopen(url: str, timeout: float) -> BytesIO:
        if url.startswith(MNIST.mirrors[0]):
            raise IncompleteRead(b"")
        return BytesIO(compressed()[url.rpartition("/")[2]])

    monkeypatch.setattr(mnist, "urlopen", urlopen)
    assert_loads(digits)


def test_a_mirror_that_serves_something_else_is_not_believed(digits: MNIST, internet: Internet) -> None:
    internet.files = dict.fromkeys(compressed(), b"<html>please log in</html>")
    with pytest.raises(UserError, match=r"mnist \(different content\)"):
        digits.load("train")
    assert not digits.raw.exists()


def test_mnist_without_any_source_says_what_to_put_where(digits: MNIST) -> None:
    with pytest.raises(UserError) as error:
        digits.load("test")
    wrong, remedy = str(error.value).splitlines()
    assert wrong.startswith(f"MNIST is not available: no t10k-images-idx3-ubyte in {digits.raw}; tried https://")
    assert all(name in remedy for name in CONTENTS)
    assert str(digits.raw) in remedy


def test_a_folder_of_a_files_name_is_passed_over(digits: MNIST) -> None:
    put(compressed(), digits.raw)
    (digits.raw / TRAIN_IMAGES).mkdir()
    assert_loads(digits)


def test_fashion_mnist_in_debians_folder_comes_before_the_download(
    fashion: FashionMNIST, debian_folder: Path, internet: Internet
) -> None:
    put(compressed(), debian_folder)
    assert_loads(fashion)
    assert internet.asked == []


def test_fashion_mnist_of_the_download_comes_before_debians_package(
    fashion: FashionMNIST, internet: Internet, programs: Path
) -> None:
    internet.files = compressed()
    put_executable(programs / "apt-get", f"touch {programs / 'called'}; exit 100")
    assert_loads(fashion)
    assert not (programs / "called").exists()


def test_a_corrupt_file_in_debians_folder_is_not_accepted(fashion: FashionMNIST, debian_folder: Path) -> None:
    put(compressed() | {f"{TRAIN_IMAGES}.gz": flipped_byte(compressed()[f"{TRAIN_IMAGES}.gz"])}, debian_folder)
    with pytest.raises(UserError, match=rf"{debian_folder} \(different content\)"):
        fashion.load("train")


def test_fashion_mnist_without_any_source_names_all_four_in_order_and_what_to_do(
    fashion: FashionMNIST, debian_folder: Path
) -> None:
    with pytest.raises(UserError) as error:
        fashion.load("train")
    wrong, remedy = str(error.value).splitlines()
    sources = [str(fashion.raw), str(debian_folder), "http://fashion-mnist", "Debian's package dataset-fashion-mnist"]
    places = [wrong.index(source) for source in sources]
    assert places == sorted(places)
    assert "E: no apt in tests" in wrong
    assert remedy.startswith("Put ") and all(name in remedy for name in CONTENTS) and str(fashion.raw) in remedy


DOWNLOADS = 'for last; do :; done; [ "$last" = dataset-fashion-mnist ] && touch dataset-fashion-mnist_1_all.deb; exit 0'


@pytest.fixture
def dpkg(programs: Path, debian_folder: Path, tmp_path: Path) -> None:
    """A dpkg that unpacks the archives from a package, to where Debian's has them."""
    put(compressed(level=1), tmp_path / "package")
    put_executable(
        programs / "dpkg",
        f'[ "$1" = -x ] && [ -f "$2" ] || exit 1\nmkdir -p "$3{debian_folder}"\n'
        f'cp {tmp_path / "package"}/* "$3{debian_folder}"',
    )


@pytest.mark.usefixtures("dpkg")
def test_fashion_mnist_is_unpacked_from_debians_package_once(
    fashion: FashionMNIST, programs: Path, debian_folder: Path
) -> None:
    put_executable(programs / "apt-get", f"echo called >> {programs / 'log'}\n{DOWNLOADS}")
    assert_loads(fashion)
    assert (programs / "log").read_text().splitlines() == ["called"]  # one download brings all four files
    assert not debian_folder.exists()  # nothing is installed


@pytest.mark.usefixtures("dpkg")
def test_debians_package_is_fetched_with_lists_of_its_own_where_the_machine_has_none(
    fashion: FashionMNIST, programs: Path
) -> None:
    put_executable(
        programs / "apt-get",
        f'echo "$*" >> {programs / "log"}\n'
        f'case "$*" in *Dir::State::Lists=*) ;; *) echo "E: Unable to locate package" >&2; exit 100;; esac\n{DOWNLOADS}',
    )
    assert_loads(fashion)
    first, second, third = (programs / "log").read_text().splitlines()
    assert first.endswith("download dataset-fashion-mnist")
    assert second.endswith("update")
    assert third.endswith("download dataset-fashion-mnist")


def test_a_machine_without_apt_is_told_so(fashion: FashionMNIST, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no apt-get and dpkg here"):
        fashion.load("train")
