from __future__ import annotations

import gzip
import hashlib
import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision import datasets

from benchmark.data import mnist
from benchmark.data.mnist import MNIST, FashionMNIST
from benchmark.plugins import UserError

Archives = dict[str, bytes]
Damage = Callable[[bytes], bytes]
COUNTS = {"train": 5, "t10k": 3}
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
RNG = np.random.default_rng(0)
IMAGES = {part: RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8) for part, n in COUNTS.items()}
LABELS = {part: RNG.integers(0, 10, n, dtype=np.uint8) for part, n in COUNTS.items()}


def idx(array: NDArray[np.uint8]) -> bytes:
    """The IDX format: two zero bytes, 8 for unsigned bytes, the number of dimensions, their sizes in big endian, the values."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def make_archives(compression: int = 9) -> Archives:
    content = {f"{part}-images-idx3-ubyte.gz": idx(IMAGES[part]) for part in COUNTS}
    content |= {f"{part}-labels-idx1-ubyte.gz": idx(LABELS[part]) for part in COUNTS}
    return {name: gzip.compress(data, compression, mtime=0) for name, data in content.items()}


def md5s(archives: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.md5(data).hexdigest() for name, data in archives.items()}


def put(archives: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in archives.items():
        (folder / name).write_bytes(data)


def put_executable(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


class Internet:
    """Stands for torchvision's download: unreachable unless it is given archives; notes what it was asked for."""

    def __init__(self) -> None:
        self.archives: Archives = {}
        self.asked: list[str] = []

    def __call__(self, url: str, download_root: str, filename: str, md5: str) -> None:
        self.asked.append(filename)
        if filename not in self.archives:
            raise URLError("no network in tests")
        put({filename: self.archives[filename]}, Path(download_root))
        (Path(download_root) / Path(filename).stem).write_bytes(gzip.decompress(self.archives[filename]))


@pytest.fixture(autouse=True)
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    fake = Internet()
    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", fake)
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


@pytest.fixture
def archives(monkeypatch: pytest.MonkeyPatch) -> Archives:
    """Small archives whose checksums torchvision takes for the published ones."""
    made = make_archives()
    monkeypatch.setattr(datasets.MNIST, "resources", list(md5s(made).items()))
    monkeypatch.setattr(datasets.FashionMNIST, "resources", list(md5s(made).items()))
    return made


@pytest.fixture
def digits(tmp_path: Path, archives: Archives) -> MNIST:
    dataset = MNIST(tmp_path / "data")
    put(archives, dataset.raw)
    return dataset


@pytest.fixture
def fashion(tmp_path: Path, archives: Archives) -> FashionMNIST:
    return FashionMNIST(tmp_path / "data")


@pytest.mark.parametrize(("split", "part"), [("train", "train"), ("test", "t10k")])
def test_load_gives_the_images_and_labels_of_the_archives(digits: MNIST, split: str, part: str) -> None:
    loaded = digits.load(split)
    assert loaded.images.dtype == np.uint8
    assert loaded.images.shape == (COUNTS[part], *MNIST.image_shape)
    assert loaded.labels.dtype == np.int64
    np.testing.assert_array_equal(loaded.images[:, 0], IMAGES[part])
    np.testing.assert_array_equal(loaded.labels, LABELS[part])


def test_the_last_sixth_of_the_training_images_validates(digits: MNIST, monkeypatch: pytest.MonkeyPatch) -> None:
    published = SimpleNamespace(data=torch.arange(12)[:, None, None].expand(12, 28, 28), targets=torch.arange(12))
    monkeypatch.setattr(digits, "torchvision_class", lambda *arguments, **options: published)
    monkeypatch.setattr(digits, "fetch", lambda: None)
    assert digits.load("train").labels.tolist() == list(range(10))
    assert digits.load("validation").labels.tolist() == [10, 11]
    assert digits.load("validation").images[:, 0, 0, 0].tolist() == [10, 11]


def test_nothing_is_downloaded_when_the_archives_are_there(digits: MNIST, internet: Internet) -> None:
    digits.load("train")
    assert internet.asked == []


def flipped_byte(data: bytes) -> bytes:
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


@pytest.mark.parametrize("damage", [flipped_byte, lambda data: data[: len(data) // 2], lambda data: b""])
def test_a_damaged_archive_that_cannot_be_replaced_is_an_error_that_names_it(digits: MNIST, damage: Damage) -> None:
    path = digits.raw / TRAIN_IMAGES
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError) as error:
        digits.load("train")
    assert f"{TRAIN_IMAGES} is corrupt" in str(error.value)
    assert len(str(error.value).splitlines()) == 2


def test_a_corrupt_archive_is_replaced_by_the_download(digits: MNIST, archives: Archives, internet: Internet) -> None:
    (digits.raw / TRAIN_IMAGES).write_bytes(flipped_byte(archives[TRAIN_IMAGES]))
    internet.archives = archives
    np.testing.assert_array_equal(digits.load("train").images[:, 0], IMAGES["train"])


# torchvision downloads nothing while the extracted files are there, whatever became of the archives.
@pytest.mark.parametrize("damage", [flipped_byte, None])
def test_an_archive_that_broke_after_its_extraction_is_downloaded_again(
    digits: MNIST, archives: Archives, internet: Internet, damage: Damage | None
) -> None:
    digits.load("train")
    if damage is None:
        (digits.raw / TRAIN_IMAGES).unlink()
    else:
        (digits.raw / TRAIN_IMAGES).write_bytes(damage(archives[TRAIN_IMAGES]))
    internet.archives = archives
    np.testing.assert_array_equal(digits.load("train").images[:, 0], IMAGES["train"])


@pytest.mark.parametrize("damage", [flipped_byte, lambda data: data[:-1], lambda data: b""])
def test_a_damaged_extracted_file_is_extracted_again_from_the_verified_archive(digits: MNIST, damage: Damage) -> None:
    digits.load("train")
    extracted = digits.raw / "train-images-idx3-ubyte"
    intact = extracted.read_bytes()
    extracted.write_bytes(damage(intact))
    np.testing.assert_array_equal(digits.load("train").images[:, 0], IMAGES["train"])
    assert extracted.read_bytes() == intact


def test_mnist_without_any_source_says_what_to_put_where(tmp_path: Path, archives: Archives) -> None:
    dataset = MNIST(tmp_path / "data")
    with pytest.raises(UserError) as error:
        dataset.load("test")
    wrong, remedy = str(error.value).splitlines()
    assert wrong.startswith("MNIST cannot be had: tried")
    assert all(name in remedy for name in archives)
    assert str(dataset.raw) in remedy


def test_fashion_mnist_in_the_data_folder_comes_before_every_other_source(
    fashion: FashionMNIST, archives: Archives, debian_folder: Path, internet: Internet
) -> None:
    put(archives, fashion.raw)
    put({name: b"not to be read" for name in archives}, debian_folder)
    fashion.load("train")
    assert internet.asked == []
    assert {name: (fashion.raw / name).read_bytes() for name in archives} == archives


def test_fashion_mnist_in_debians_folder_comes_before_torchvisions_download(
    fashion: FashionMNIST, archives: Archives, debian_folder: Path, internet: Internet
) -> None:
    put(archives, debian_folder)
    np.testing.assert_array_equal(fashion.load("test").images[:, 0], IMAGES["t10k"])
    assert internet.asked == []


def test_fashion_mnist_of_torchvisions_download_comes_before_debians_package(
    fashion: FashionMNIST, archives: Archives, internet: Internet, programs: Path
) -> None:
    internet.archives = archives
    put_executable(programs / "apt-get", f"touch {programs / 'called'}; exit 100")
    np.testing.assert_array_equal(fashion.load("test").labels, LABELS["t10k"])
    assert not (programs / "called").exists()


def test_debians_folder_replaces_only_what_the_data_folder_lacks_or_has_corrupt(
    fashion: FashionMNIST, archives: Archives, debian_folder: Path
) -> None:
    kept, corrupt, *_ = archives
    put({kept: archives[kept], corrupt: flipped_byte(archives[corrupt])}, fashion.raw)
    put(archives | {kept: b"not to be read"}, debian_folder)
    fashion.load("train")
    assert {name: (fashion.raw / name).read_bytes() for name in archives} == archives


def test_a_corrupt_archive_in_debians_folder_is_not_accepted(
    fashion: FashionMNIST, archives: Archives, debian_folder: Path
) -> None:
    put(archives | {TRAIN_IMAGES: flipped_byte(archives[TRAIN_IMAGES])}, debian_folder)
    with pytest.raises(UserError, match=f"{debian_folder} .{TRAIN_IMAGES} is corrupt"):
        fashion.load("train")


def test_archives_that_debian_compressed_are_accepted_by_their_own_checksums(
    fashion: FashionMNIST, archives: Archives, debian_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recompressed = make_archives(compression=1)
    assert recompressed[TRAIN_IMAGES] != archives[TRAIN_IMAGES]
    put(recompressed, debian_folder)
    with pytest.raises(UserError):
        fashion.load("train")
    monkeypatch.setattr(FashionMNIST, "other_checksums", md5s(recompressed))
    np.testing.assert_array_equal(fashion.load("train").images[:, 0], IMAGES["train"])


def test_fashion_mnist_without_any_source_names_all_four_in_order_and_what_to_do(
    fashion: FashionMNIST, archives: Archives, debian_folder: Path
) -> None:
    with pytest.raises(UserError) as error:
        fashion.load("train")
    wrong, remedy = str(error.value).splitlines()
    sources = [str(fashion.raw), str(debian_folder), "torchvision's download", "Debian's package dataset-fashion-mnist"]
    places = [wrong.index(source) for source in sources]
    assert places == sorted(places)
    assert "E: no apt in tests" in wrong
    assert remedy.startswith("Put ") and all(name in remedy for name in archives) and str(fashion.raw) in remedy


DOWNLOADS = 'for last; do :; done; [ "$last" = dataset-fashion-mnist ] && touch dataset-fashion-mnist_1_all.deb; exit 0'


@pytest.fixture
def dpkg(programs: Path, archives: Archives, debian_folder: Path, tmp_path: Path) -> None:
    """A dpkg that unpacks the archives from a package, to where Debian's has them."""
    put(archives, tmp_path / "package")
    put_executable(
        programs / "dpkg",
        f'[ "$1" = -x ] && [ -f "$2" ] || exit 1\nmkdir -p "$3{debian_folder}"\n'
        f'cp {tmp_path / "package"}/* "$3{debian_folder}"',
    )


@pytest.mark.usefixtures("dpkg")
def test_fashion_mnist_is_unpacked_from_debians_package(fashion: FashionMNIST, programs: Path, debian_folder: Path) -> None:
    put_executable(programs / "apt-get", DOWNLOADS)
    np.testing.assert_array_equal(fashion.load("train").images[:, 0], IMAGES["train"])
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
    np.testing.assert_array_equal(fashion.load("test").images[:, 0], IMAGES["t10k"])
    first, second, third = (programs / "log").read_text().splitlines()
    assert first.endswith("download dataset-fashion-mnist")
    assert second.endswith("update")
    assert third.endswith("download dataset-fashion-mnist")


def test_a_machine_without_apt_is_told_so(fashion: FashionMNIST, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no apt-get and dpkg here"):
        fashion.load("train")
