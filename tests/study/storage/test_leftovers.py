"""Cleaning takes what nothing needs any more, and leaves what a run could go on from.

It mirrors no module: here the dead and the living are made up, in test_cleaning.py a study was trained.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmark.study.populations import Population
from benchmark.study.storage.cleaning import leftovers, remove, results_of
from benchmark.study.storage.processes import machine_name, process_start
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="tiny", steps=10, batch=8, width=1 / 16, evaluations=1, images=10)


def group(*seeds: int) -> Population:
    return Population(
        tuple(
            Trial(
                loss="lsgan",
                dataset="noise",
                setting={},
                seed=seed,
                budget=BUDGET,
                metrics=("fid_x",),
            )
            for seed in seeds
        )
    )


def left_by(store: Store, population: Population, *, alive: bool, ended: bool) -> list[Path]:
    """The checkpoint and the lease of a population whose process lives or was killed."""
    store.running.mkdir(parents=True, exist_ok=True)
    pid = os.getpid() if alive else 999_999_999
    content = {
        "machine": machine_name(),
        "pid": pid,
        "started": process_start(pid) or "1",
        "trials": [t.id for t in population.trials],
    }
    leased = store.running / f"{population.name}.0.claim"
    leased.write_text(json.dumps(content))
    store.checkpoint(population.name).write_bytes(b"state")
    if ended:
        for trial in population.trials:
            store.finish(trial, Result(status="ok", step=10, seconds=1.0, scores=[], environment={}))
    return [store.checkpoint(population.name), leased]


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize("ended", [True, False])
def test_only_what_a_dead_run_left_of_ended_trials_goes(
    seeds: tuple[int, ...], alive: bool, ended: bool, tmp_path: Path
) -> None:
    store, population = Store(tmp_path), group(*seeds)
    files = left_by(store, population, alive=alive, ended=ended)
    found = leftovers(population.trials, store)
    assert found == (files if ended and not alive else [])
    assert all(path.exists() for path in files)
    remove(found)
    assert len(store.statuses(population.trials)) == ended * len(seeds)


def test_the_removal_of_trials_takes_the_checkpoint_of_their_population(tmp_path: Path) -> None:
    store, population, other = Store(tmp_path), group(0, 1), group(2, 3)
    files, kept = (left_by(store, g, alive=False, ended=False) for g in (population, other))
    assert results_of(population.trials, store) == files
    assert results_of(other.trials, store) == kept
