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
from benchmark.study.running.contexts import TrialContext
from benchmark.study.storage.store import Store
from benchmark.training.execution import Execution


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.fixture
def context(pixels: Split, store: Store, tmp_path: Path) -> TrialContext:
    """What trials of LS GAN on noise run with, uncompiled."""
    metrics = [FID(Pixels(), {"": pixels}, tmp_path / "cache")]
    study = {"name": "tiny", "hash": "0"}
    return TrialContext(
        loss=find_loss("lsgan")(),
        train=pixels,
        metrics=metrics,
        store=store,
        device=torch.device("cpu"),
        execution=Execution(population=1, compiled=False),
        study=study,
    )


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    return FakeSlurm(tmp_path, monkeypatch)
