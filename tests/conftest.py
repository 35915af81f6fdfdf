"""What several tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # its threads spin while they wait; set before numpy reads it

import numpy as np
import pytest
import torch
from support.own_files import STRIPES

from benchmark.data import find_dataset
from benchmark.data.base import Split
from benchmark.metrics.extractors.layers import LayersExtractor


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs come first: one of them at the end would leave the other processes idle."""
    items.sort(key=lambda item: "end_to_end" not in item.path.parts)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums depend on the number of threads in the last bit, and tensors this small are fastest on one."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def small_forests() -> Iterator[None]:
    """Forests of few trees, for tests of which tables, figures and pages there are, and not of the shares in them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"TREES": 8, "FEWER": 4, "PARTS": 3, "SHUFFLES": 2, "FOLDS": 3}.items():
            patch.setattr(f"benchmark.analysis.statistics.importance.forest.{name}", value)
        yield


@pytest.fixture
def pixels() -> Split:
    """Sixty random images, uint8 [60, 1, 28, 28], of two classes."""
    rng = np.random.default_rng(0)
    return Split(rng.integers(0, 256, (60, 1, 28, 28), dtype=np.uint8), np.arange(60) % 2)


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default extractor's weights for the data set of ``own_files``."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "stripes.py").write_text(STRIPES)
    dataset = find_dataset(str(folder / "stripes.py"))(folder)
    path = LayersExtractor.own_path(dataset)
    LayersExtractor.make_weights(dataset, path, lambda line: None)
    return path


@pytest.fixture
def own_files(tmp_path: Path, trained_once: Path) -> Path:
    """A folder with a user's data set, ``stripes.py``, and what was learnt of it in ``data``."""
    (tmp_path / "stripes.py").write_text(STRIPES)
    (tmp_path / "data" / "classifiers").mkdir(parents=True)
    shutil.copy(trained_once, tmp_path / "data" / "classifiers")
    return tmp_path
