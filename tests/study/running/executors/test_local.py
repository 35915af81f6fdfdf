"""Deaths of workers are counted once, and for the population that the worker was at."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmark.losses import find_loss
from benchmark.study.populations import Population
from benchmark.study.running import population_run
from benchmark.study.running.contexts import Workshop
from benchmark.study.running.executors.local import DEATHS, Local, counted_before
from benchmark.study.running.worker import ClaimWatcher
from benchmark.study.storage.claims import claim, machine
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="tiny", steps=10, batch=8, width=1 / 16, evaluations=1, images=10)
GROUPS = [
    Population((Trial("lsgan", "noise", dict(find_loss("lsgan").defaults), seed, BUDGET, ("fid_x",)),)) for seed in range(3)
]


def die(store: Store, population: Population, generation: int) -> None:
    """Leaves the claim of a process that is gone."""
    store.running.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {"machine": machine(), "pid": 999_999_999, "started": "1", "attempt": generation + 1}
    (store.running / f"{population.name}.{generation}.claim").write_text(json.dumps(content))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def local(store: Store) -> tuple[Local, Workshop, dict[str, int]]:
    """An executor that has just begun, what it works with, and what it counts."""
    executor = Local(2)
    executor.counted = counted_before(store)
    return executor, cast(Workshop, SimpleNamespace(store=store)), {g.name: 0 for g in GROUPS}


def test_workers_that_die_together_cost_each_group_one(store: Store) -> None:
    executor, workshop, deaths = local(store)
    for population in GROUPS:
        die(store, population, 0)
    for _ in GROUPS:  # each worker's end is looked at
        executor.count_death(GROUPS, deaths, workshop)
    assert set(deaths.values()) == {1}
    assert not store.statuses([g.trials[0] for g in GROUPS])


def test_a_group_that_two_workers_died_of_between_two_looks_cost_two(store: Store) -> None:
    """The second took it over before the first one's end was looked at."""
    executor, workshop, deaths = local(store)
    die(store, GROUPS[0], 0)
    die(store, GROUPS[0], 1)
    for _ in range(2):  # both ends are looked at
        executor.count_death(GROUPS, deaths, workshop)
    assert deaths[GROUPS[0].name] == 2


def test_what_an_earlier_run_left_is_no_death_of_this_one(store: Store) -> None:
    die(store, GROUPS[0], 0)
    executor, workshop, deaths = local(store)
    for generation in range(DEATHS):
        die(store, GROUPS[1], generation)
        executor.count_death(GROUPS, deaths, workshop)
    assert deaths == {GROUPS[0].name: 0, GROUPS[1].name: DEATHS, GROUPS[2].name: 0}
    assert store.statuses([g.trials[0] for g in GROUPS]) == {GROUPS[1].trials[0].id: "failed"}


def test_an_attempt_that_got_further_forgives_earlier_deaths(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    name, written = GROUPS[0].name, []
    die(store, GROUPS[0], 0)
    for deaths in (1, 2):
        taken = claim(store.running, name)
        assert taken is not None and taken.content["deaths"] == deaths
        taken.ended.set()
        taken.path.write_text(json.dumps(taken.content | {"pid": 999_999_999, "started": "1"}))  # it died as well
    with claim(store.running, name) or pytest.fail("free") as last:
        assert last.content["deaths"] == 3
        monkeypatch.setattr(population_run, "write_checkpoint", lambda path, snapshots, progress: written.append(progress.step))
        run = SimpleNamespace(
            trials=(),
            trainer=SimpleNamespace(step=7),
            checkpoint=Path(),
            where="",
            scores=[],
            seconds=lambda: 0.0,
            watcher=ClaimWatcher(last, lambda: False),
        )
        population_run.PopulationRun.save(cast(population_run.PopulationRun, run))
    assert written == [7]
    again = claim(store.running, name)
    assert again is not None and again.content["deaths"] == 0  # the last was given back
    again.ended.set()
