from __future__ import annotations

import hashlib
import pickle
import tarfile
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from torchvision import datasets

from benchmark.data.base import joined
from benchmark.data.cifar10 import CIFAR10
from benchmark.plugins import UserError

TRAIN = [f"data_batch_{i}" for i in range(1, 6)]
PER_BATCH, RNG = 2, np.random.default_rng(0)
# A row holds 1024 red values, then 1024 green, then 1024 blue, each in row order.
ROWS = {name: RNG.integers(0, 256, (PER_BATCH, 3072), dtype=np.uint8) for name in [*TRAIN, "test_batch"]}
LABELS = {name: RNG.integers(0, 10, PER_BATCH).tolist() for name in ROWS}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise URLError("no network in tests")

    monkeypatch.setattr("torchvision.datasets.utils._get_redirect_url", fail)
    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", fail)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The data folder with small batches whose checksums torchvision takes for the published ones."""
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    content: dict[str, object] = {name: {"batch_label": name, "labels": LABELS[name], "data": ROWS[name]} for name in ROWS}
    content["batches.meta"] = {"label_names": [f"class {i}" for i in range(10)], "num_cases_per_batch": PER_BATCH}
    md5 = {}
    for name, value in content.items():
        data = pickle.dumps(value, protocol=2)
        (folder / name).write_bytes(data)
        md5[name] = hashlib.md5(data).hexdigest()
    monkeypatch.setattr(datasets.CIFAR10, "train_list", [[name, md5[name]] for name in TRAIN])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [["test_batch", md5["test_batch"]]])
    monkeypatch.setattr(datasets.CIFAR10, "meta", datasets.CIFAR10.meta | {"md5": md5["batches.meta"]})
    return folder


@pytest.mark.parametrize(("splits", "names"), [(["train", "validation"], TRAIN), (["test"], ["test_batch"])])
def test_load_gives_the_images_and_labels_of_the_batches(batches: Path, splits: list[str], names: list[str]) -> None:
    loaded = joined(CIFAR10(batches.parent).load(split) for split in splits)
    rows = np.concatenate([ROWS[name] for name in names])
    assert loaded.images.dtype == np.uint8
    assert loaded.images.flags.c_contiguous
    assert loaded.images.shape == (len(rows), *CIFAR10.image_shape)
    np.testing.assert_array_equal(loaded.images[:, 0].reshape(-1, 1024), rows[:, :1024])  # red
    np.testing.assert_array_equal(loaded.images[:, 2].reshape(-1, 1024), rows[:, 2048:])  # blue
    assert loaded.labels.dtype == np.int64
    assert loaded.labels.tolist() == [label for name in names for label in LABELS[name]]


def test_the_published_archive_in_the_data_folder_is_unpacked(batches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = batches.parent / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(batches, arcname=batches.name)
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
    (batches / "data_batch_3").write_bytes(b"damaged")
    dataset = CIFAR10(batches.parent)
    assert len(dataset.load("train")) + len(dataset.load("validation")) == 5 * PER_BATCH


def test_the_last_tenth_of_the_training_images_validates(batches: Path) -> None:
    published = np.concatenate([ROWS[name] for name in TRAIN])
    validation = CIFAR10(batches.parent).load("validation")
    assert len(validation) == len(published) // 10 >= 1
    np.testing.assert_array_equal(validation.images.reshape(-1, 3072), published[-len(validation) :])


def test_missing_data_is_an_error_of_two_lines_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        CIFAR10(tmp_path / "data").load("train")
    wrong, remedy = str(error.value).splitlines()
    assert wrong.startswith("CIFAR-10 is not available: ") and "no network in tests" in wrong
    assert "cifar-10-python.tar.gz" in remedy and str(tmp_path / "data") in remedy


@pytest.mark.parametrize("name", ["data_batch_2", "test_batch", "batches.meta"])
def test_a_damaged_batch_that_cannot_be_replaced_is_an_error_of_two_lines(batches: Path, name: str) -> None:
    content = (batches / name).read_bytes()
    (batches / name).write_bytes(content[:-10] + b"0123456789")
    with pytest.raises(UserError) as error:
        CIFAR10(batches.parent).load("test")
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(("validation", "count"), [(True, 9), (False, 10)])
def test_the_images_that_train_are_all_published_ones_where_nothing_is_held_out(
    batches: Path, validation: bool, count: int
) -> None:
    train = CIFAR10(batches.parent, validation=validation).training_images()
    published = np.concatenate([ROWS[name] for name in TRAIN])
    np.testing.assert_array_equal(train.images.reshape(-1, 3072), published[:count])
    np.testing.assert_array_equal(train.labels, np.concatenate([LABELS[name] for name in TRAIN])[:count])
