"""A damaged result is put aside by whoever sees it first.

It mirrors no module: here two processes use a store, in test_store.py one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmark.losses import find_loss
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="tiny", steps=10, batch=8, width=1 / 16, evaluations=1, images=10)
TRIAL = Trial(
    loss="lsgan", dataset="noise", setting=dict(find_loss("lsgan").defaults), seed=0, budget=BUDGET, metrics=("fid_x",)
)


def test_two_processes_may_see_the_same_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.finish(TRIAL, Result(status="ok", step=10, seconds=1.0, scores=[{"step": 10.0, "fid_x": 1.0}], environment={}))
    path = store.result_file(TRIAL, "ok")
    path.write_bytes(path.read_bytes()[:20])
    replace = os.replace

    def after_another(source: Path, target: Path) -> None:
        replace(source, target)  # the other process's
        replace(source, target)

    monkeypatch.setattr(os, "replace", after_another)
    assert store.result(TRIAL) is None
    assert path.with_suffix(".damaged").exists() and not path.exists()
