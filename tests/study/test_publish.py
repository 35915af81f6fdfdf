"""Collecting while another process collects the same study."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support import tiny_study

from benchmark.analysis.reliability import doubts_of
from benchmark.analysis.summary import as_markdown, as_text, summarise
from benchmark.files import write_atomically
from benchmark.plugins import UserError
from benchmark.study.planning.plan_cache import KeptPlan
from benchmark.study.publish import copy_pictures, publish_table, require_publishable
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names, table
from benchmark.study.study import Study
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
        written.append(str(path.relative_to(folder)))
        write_atomically(path, content, **options)

    written: list[str] = []
    monkeypatch.setattr("benchmark.study.publish.write_atomically", watched)
    assert copy_pictures(TRIALS, table, store, folder) == named == written
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


def test_names_too_long_for_a_file_are_refused_before_training() -> None:
    first = TRIALS[0]
    long = "x" * 100
    require_publishable([replace(first, loss=long, dataset=long, variant=long)])  # of one data set, which is in no name
    with pytest.raises(UserError, match="255"):
        require_publishable([replace(first, loss=long, variant=long, dataset=dataset) for dataset in (long, "noise")])
    with pytest.raises(UserError, match="255"):
        require_publishable([replace(first, dataset=dataset, metrics=(long,)) for dataset in ("é" * 80, "noise")])


def test_doubts_about_the_score_are_below_the_summary(tmp_path: Path) -> None:
    planned = tiny_study.trials(2)
    store = Store(tmp_path / "results")
    weak = {"real_images": 10, "extractor_features": 16}
    tiny_study.finished(planned, store, lambda t: tiny_study.result(best=t.seed + 1.0, environment=weak))
    plan = KeptPlan(study=Study(name="tiny"), trials=planned, names=Names(), image_shapes={}, notes=[], ranges=[])
    publish_table(plan, table(planned, store), store, tmp_path / "study")
    summary = (tmp_path / "study" / "summary.md").read_text()
    shown = pd.read_csv(tmp_path / "study" / "trials.csv")
    assert summary == as_markdown(as_text(summarise(shown))) + f"\n{doubts_of(shown)[0]}\n"
