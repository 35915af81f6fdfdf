"""The rule that a population which kills its workers is given up, as the local executor's workers meet it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from support.tiny_study import trials

from benchmark.study.populations import Population, in_populations
from benchmark.study.running import population_run
from benchmark.study.running.worker import LeaseMonitor
from benchmark.study.storage.leases import acquire
from benchmark.study.storage.store import Store

(POPULATION,) = in_populations(trials(1), 1)


def die(store: Store, population: Population, run: str) -> int:
    """A process of the run leases the population and is killed; how many deaths its lease had counted before."""
    lease = acquire(store.running, population.name, run=run)
    assert lease is not None
    lease.ended.set()
    dead = replace(lease.content, pid=999_999_999, started="1")
    lease.path.write_text(json.dumps(asdict(dead)))
    return lease.content.deaths


def test_each_death_of_a_runs_processes_is_counted_once(store: Store) -> None:
    assert [die(store, POPULATION, "a run") for _ in range(4)] == [0, 1, 2, 3]


def test_what_an_earlier_run_left_is_no_death_of_this_one(store: Store) -> None:
    die(store, POPULATION, "an earlier run")
    die(store, POPULATION, "an earlier run")
    assert [die(store, POPULATION, "this run") for _ in range(3)] == [0, 1, 2]


def test_an_attempt_that_got_further_forgives_earlier_deaths(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    for _ in range(2):
        die(store, POPULATION, "a run")
    with acquire(store.running, POPULATION.name, run="a run") or pytest.fail("free") as last:
        assert last.content.deaths == 2
        monkeypatch.setattr(population_run, "write_checkpoint", lambda path, snapshots, progress: written.append(progress.step))
        run = SimpleNamespace(
            trials=(),
            trainer=SimpleNamespace(step=7),
            checkpoint=Path(),
            where="",
            scores=[],
            seconds=lambda: 0.0,
            monitor=LeaseMonitor(last, lambda: False),
        )
        population_run.PopulationRun.save(cast(population_run.PopulationRun, run))
    assert written == [7]
    assert die(store, POPULATION, "a run") == 0  # the last was given back
