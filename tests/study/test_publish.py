"""Collecting while another process collects the same study."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark import files
from benchmark.study.publish import copy_pictures
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="tiny", steps=10, batch=8, width=1 / 16, evaluations=1, images=10)
TRIALS = [Trial(loss="lsgan", dataset="noise", setting={}, seed=seed, budget=BUDGET, metrics=("fid_x",)) for seed in range(2)]


def test_pictures_are_replaced_one_by_one_and_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, folder = Store(tmp_path / "results"), tmp_path / "study"
    table = pd.DataFrame({"id": [t.id for t in TRIALS], "dataset": "noise"})
    for trial in TRIALS:
        store.folder(trial).mkdir(parents=True)
        store.samples(trial).write_bytes(trial.id.encode())
    named = copy_pictures(TRIALS, table, store, folder)
    assert [(folder / name).read_text() for name in named] == [t.id for t in TRIALS]
    (folder / "samples" / "gone.png").touch()

    def watched(path: Path, content: bytes, **options: Any) -> None:
        assert all((folder / name).exists() for name in named)  # another process may read them at this moment
        write(path, content, **options)

    write = files.write_atomically
    monkeypatch.setattr(files, "write_atomically", watched)
    assert copy_pictures(TRIALS, table, store, folder) == named
    assert sorted(p.name for p in (folder / "samples").iterdir()) == sorted(Path(name).name for name in named)


def test_pictures_of_different_trials_have_different_names(tmp_path: Path) -> None:
    first = TRIALS[0]
    kinds = product(("paper", "v1", "soft"), ("adam", "rmsprop"), ("noise", "stripes"), (0, 1))
    several = [replace(first, variant=v, optimiser=o, dataset=d, sample=s, setting={"a": s}) for v, o, d, s in kinds]
    store = Store(tmp_path / "results")
    for trial in several:
        store.folder(trial).mkdir(parents=True)
        store.samples(trial).write_bytes(trial.id.encode())
    table = pd.DataFrame([{"id": t.id, "dataset": t.dataset} for t in several])
    named = copy_pictures(several, table, store, tmp_path / "study")
    assert len(set(named)) == len(several) == 24
    assert [(tmp_path / "study" / name).read_text() for name in named] == [t.id for t in several]
