"""Cleaning removes what nothing needs, and never what a living worker or a later resumption does."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
from support.tiny_study import Killed, Recorder, finished, result, run, trials

from benchmark.plugins import UserError
from benchmark.study.populations import Population
from benchmark.study.running import population_run
from benchmark.study.running.contexts import TrialContext
from benchmark.study.storage.cleaning import leftovers, remove, results_of
from benchmark.study.storage.leases import OwnedLease, acquire, create
from benchmark.study.storage.processes import log_name, this_process
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial


def left_by_the_dead(store: Store, population: Population) -> Path:
    """The lease of a worker that is no more."""
    path = store.running / f"{population.name}.0.claim"
    assert create(
        path, json.dumps({**asdict(this_process()), "started": "1", "trials": [t.id for t in population.trials]}).encode()
    )
    return path


def living(store: Store, population: Population) -> OwnedLease:
    mine = acquire(store.running, population.name, trials=[t.id for t in population.trials])
    assert mine is not None
    return mine


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content")


@pytest.fixture
def ended(store: Store) -> list[Trial]:
    """Three trials with a result and samples."""
    planned = trials(3)
    finished(planned, store, lambda t: result())
    touch(*(store.samples(t) for t in planned))
    return planned


@pytest.mark.parametrize("size", [1, 3])
def test_leases_and_checkpoints_of_ended_groups_go(store: Store, ended: list[Trial], size: int) -> None:
    # Killed after the last result, before the lease was removed.
    population = Population(tuple(ended[:size]))
    dead = left_by_the_dead(store, population)
    touch(store.checkpoint(population.name))
    assert set(leftovers(ended, store)) == {dead, store.checkpoint(population.name)}
    size_of_lease = dead.stat().st_size
    assert remove(leftovers(ended, store)) == len(b"content") + size_of_lease
    assert leftovers(ended, store) == [] and all(store.samples(t).exists() for t in ended)


def test_what_a_killed_run_can_go_on_from_stays(context: TrialContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_run, "CHECKPOINT_SECONDS", 0.0)
    planned = trials(2)
    with pytest.raises(Killed):
        run(planned, context, Recorder(12), size=2)
    left_by_the_dead(context.store, Population(tuple(planned)))
    before = sorted(context.store.root.rglob("*"))
    assert leftovers(planned, context.store) == [] and sorted(context.store.root.rglob("*")) == before
    assert all(context.store.folder(t).exists() for t in planned)


def test_what_a_living_worker_needs_stays_even_if_its_trials_have_ended(store: Store, ended: list[Trial]) -> None:
    population = Population(tuple(ended))
    mine = living(store, population)
    touch(store.checkpoint(population.name), store.running / ".x.tmp", store.home(ended[0]) / ".y.tmp")
    touch(store.folder(trials(4)[3]) / "samples.png")  # a worker without a result yet
    assert leftovers(trials(4), store) == []
    mine.finish()


def test_temporary_files_stay_while_anyone_works_in_the_folder(store: Store, ended: list[Trial]) -> None:
    mine = living(store, Population(tuple(trials(1, "wgan"))))  # of another study
    temporary = [
        store.running / ".a.tmp",
        store.home(ended[0]) / f".{ended[0].id}.ok.json.1234.tmp",
        store.folder(ended[0]) / ".samples.png.1234.tmp",
    ]
    touch(*temporary)
    assert leftovers(ended, store) == []
    mine.finish()
    assert set(leftovers(ended, store)) == set(temporary)


def test_damaged_results_and_samples_without_a_trial_that_could_go_on_go(store: Store, ended: list[Trial]) -> None:
    orphan, going_on, waiting = trials(6)[3:]
    damaged = store.result_file(ended[0], "ok").with_suffix(".damaged")
    touch(damaged, *(store.samples(t) for t in (orphan, going_on, waiting)), store.checkpoint(going_on.id))
    left_by_the_dead(store, Population((waiting,)))
    assert set(leftovers(trials(6), store)) == {damaged, store.folder(orphan)}


def test_another_study_s_files_stay(store: Store, ended: list[Trial]) -> None:
    others = trials(2, "lsgan", learning_rate=1e-5)
    finished(others, store, lambda t: result())
    population = Population(tuple(others))
    left_by_the_dead(store, population)
    touch(store.checkpoint(population.name), store.result_file(others[0], "ok").with_suffix(".damaged"))
    assert leftovers(ended, store) == []
    assert not {p for p in results_of(ended, store) if any(t.id in str(p) for t in others) or population.name in str(p)}


def test_removing_results_removes_what_a_population_would_go_on_from(store: Store, ended: list[Trial]) -> None:
    # Its checkpoint stands behind evaluations whose samples go.
    population = Population((*ended, *trials(4)[3:]))
    dead = left_by_the_dead(store, population)
    touch(store.checkpoint(population.name))
    remove(results_of(trials(4), store))
    assert not dead.exists() and not store.checkpoint(population.name).exists()
    assert store.statuses(ended) == {} and not any(store.folder(t).exists() for t in ended)


def test_results_are_not_removed_under_a_living_worker(store: Store, ended: list[Trial]) -> None:
    mine = living(store, Population(tuple(trials(4)[3:])))
    with pytest.raises(UserError, match="of these trials"):
        results_of(trials(4), store)
    assert results_of(ended, store)
    mine.finish()


def test_logs_of_killed_runs_go_and_those_of_living_ones_stay(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = store.root / "logs" / log_name()
    where, _, begun = mine.name.rsplit("-", 2)
    with subprocess.Popen(["true"]) as process:
        pass
    dead, far = (mine.with_name(f"{machine}-{process.pid}-{begun}") for machine in (where, "far"))
    touch(*(folder / "log" for folder in (mine, dead, far)))
    assert leftovers([], store) == [dead]
    os.utime(far, (0, 0))
    assert set(leftovers([], store)) == {dead, far}
    lease = living(store, Population(tuple(trials(1))))
    assert leftovers([], store) == [dead]  # far may be the run that works
    lease.finish()


def test_removing_tells_the_bytes_and_does_not_mind_what_is_gone(tmp_path: Path) -> None:
    touch(tmp_path / "a", tmp_path / "b" / "c")
    folder_itself = (tmp_path / "b").stat().st_size
    assert remove([tmp_path / "a", tmp_path / "gone"]) == 7
    assert remove([tmp_path / "b"]) in (7, 7 + folder_itself)
    assert not list(tmp_path.iterdir())


def test_a_dead_lease_on_a_generator_to_score_goes_and_a_living_one_protects_results(store: Store, ended: list[Trial]) -> None:
    mine = acquire(store.rescoring, ended[0].id, trials=[ended[0].id])
    assert mine is not None
    dead = store.rescoring / f"{ended[1].id}.0.claim"
    assert create(dead, json.dumps({**asdict(this_process()), "started": "1", "trials": [ended[1].id]}).encode())
    temporary = store.folder(ended[0]) / ".fid_pixels-64-0.json.1234.tmp"  # what the living one writes
    touch(temporary)
    assert leftovers(ended, store) == [dead] and leftovers(ended[2:], store) == []
    with pytest.raises(UserError, match="of these trials"):
        results_of(ended, store)
    assert dead in results_of(ended[1:], store)
    mine.finish()
    assert set(leftovers(ended, store)) == {dead, temporary}
