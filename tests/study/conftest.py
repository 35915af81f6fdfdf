"""What the tests of studies share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.fake_slurm import FakeSlurm
from support.tiny_study import Pixels

from benchmark.data.base import Split
from benchmark.losses import find_loss
from benchmark.metrics.fid import FID
from benchmark.study.running.population_run import Workplace
from benchmark.study.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.fixture
def place(pixels: Split, store: Store, tmp_path: Path) -> Workplace:
    """Where trials of LS GAN on noise run, uncompiled."""
    metrics = [FID(Pixels(), {"": pixels}, tmp_path / "cache")]
    study = {"name": "tiny", "hash": "0"}
    return Workplace(find_loss("lsgan")(), pixels, metrics, store, torch.device("cpu"), compiled=False, study=study)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    return FakeSlurm(tmp_path, monkeypatch)
