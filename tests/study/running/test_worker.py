"""Workers: they share populations, take over from the dead, and stop in order."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.tiny_study import finished, result, trials

from benchmark.plugins import UserError
from benchmark.study.populations import Population, in_populations
from benchmark.study.running import population_run, sharing, worker
from benchmark.study.running.contexts import Resources, StudyContext, TrialContext
from benchmark.study.running.sharing import MAX_DEATHS, carry_out
from benchmark.study.running.signals import Stopped, stop_requests
from benchmark.study.running.worker import Training, in_good_order, in_turn, work
from benchmark.study.storage.leases import acquire, create, read_leases
from benchmark.study.storage.processes import this_process
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names, table
from benchmark.training.execution import Execution


@pytest.fixture
def whole(context: TrialContext) -> StudyContext:
    """A context of a study whose trials all run with one context."""
    made = SimpleNamespace(
        execution=Execution(population=1, compiled=False),
        newly_changed_files=lambda: [],
        store=context.store,
        resources=Resources(),
        of=lambda trial: context,
        resolved=SimpleNamespace(names=Names()),
    )
    return made  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "POLL_SECONDS", 0.01)


def never() -> bool:
    return False


def dead_lease(store: Store, population: Population, **content: object) -> None:
    lease = {
        **asdict(this_process()),
        "started": "1",
        "trials": [t.id for t in population.trials],
        "attempt": 1,
        "deaths": 0,
        **content,
    }
    assert create(store.running / f"{population.name}.0.claim", json.dumps(lease).encode())


def test_a_worker_trains_all_groups_and_leaves_no_leases(whole: StudyContext) -> None:
    planned = trials(3)
    work(in_populations(planned, 2), whole, never)
    assert table(planned, whole.store)["status"].tolist() == ["ok"] * 3
    assert not list(whole.store.running.iterdir())


def test_a_worker_that_waits_for_nobody_leaves_what_others_have(whole: StudyContext) -> None:
    planned = trials(2)
    theirs = acquire(whole.store.running, planned[0].id)
    work(in_populations(planned, 1), whole, never, wait_for_others=False)
    assert table(planned, whole.store)["status"].tolist() == ["pending", "ok"]
    assert theirs is not None
    theirs.finish()


def test_a_worker_that_waits_takes_over_what_another_gives_back(whole: StudyContext, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = trials(1)
    theirs = acquire(whole.store.running, planned[0].id)
    assert theirs is not None
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            with theirs:
                pass

    monkeypatch.setattr(time, "sleep", wait)
    work(in_populations(planned, 1), whole, never)
    assert len(waits) >= 3
    ended = whole.store.result(planned[0])
    assert ended is not None and ended.status == "ok" and ended.attempts == 2


def test_work_finished_between_the_look_and_the_lease_is_not_done_again(
    whole: StudyContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trial,) = trials(1)

    def late(folder: Path, name: str, **content: Any) -> object:
        whole.store.finish(trial, result(best=123.0))
        return acquire(folder, name, **content)

    monkeypatch.setattr(sharing, "acquire", late)
    work(in_populations([trial], 1), whole, never)
    ended = whole.store.result(trial)
    assert ended is not None and ended.scores[0]["fid_pixels"] == 123.0
    assert not list(whole.store.running.iterdir())


def test_a_worker_asked_to_stop_gives_its_lease_back_with_a_checkpoint(whole: StudyContext) -> None:
    (trial,) = trials(1)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 1  # not before the first lease

    with pytest.raises(Stopped):
        work(in_populations([trial], 1), whole, stop)
    (lease,) = read_leases(whole.store.running)
    assert not lease.alive and lease.content.pid is None and lease.content.step == 6
    assert whole.store.checkpoint(trial.id).exists() and whole.store.result(trial) is None
    work(in_populations([trial], 1), whole, never)
    ended = whole.store.result(trial)
    assert ended is not None and ended.status == "ok" and ended.attempts == 2
    assert not list(whole.store.running.iterdir())


def test_a_worker_that_lost_its_lease_records_nothing(whole: StudyContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_run, "CHECKPOINT_SECONDS", 0.0)
    (trial,) = trials(1)
    population = Population((trial,))
    mine = acquire(whole.store.running, population.name)
    assert mine is not None
    create(whole.store.running / f"{population.name}.1.claim", json.dumps(asdict(this_process())).encode())
    carry_out(Training(population, whole, never), mine, whole.store)
    assert not mine.finished and whole.store.result(trial) is None
    assert {p.name for p in whole.store.running.iterdir()} == {f"{population.name}.{g}.claim" for g in (0, 1)}


def test_a_population_that_killed_too_many_processes_of_a_run_is_recorded_as_failed(whole: StudyContext) -> None:
    planned = trials(3)
    deadly, other, killed = in_populations(planned, 1)
    dead_lease(whole.store, deadly, run="mine", deaths=MAX_DEATHS - 1, attempt=MAX_DEATHS)  # and now the last
    dead_lease(whole.store, other, run="mine", deaths=MAX_DEATHS - 2, attempt=2)
    dead_lease(whole.store, killed, run="an earlier one", deaths=MAX_DEATHS - 1, attempt=3)  # with its whole run
    work([deadly, other, killed], whole, never, run="mine")
    failed, *ok = (whole.store.result(t) for t in planned)
    assert failed is not None and failed.status == "failed" and f"died {MAX_DEATHS} times" in failed.reason
    assert [(r.status, r.attempts) for r in ok if r is not None] == [("ok", 3), ("ok", 4)]


def test_what_stops_all_trials_alike_is_no_trial_s_failure(whole: StudyContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise UserError("no compiler")

    monkeypatch.setattr(worker, "train_population", refuse)
    (trial,) = trials(1)
    with pytest.raises(UserError, match="no compiler"):
        work(in_populations([trial], 1), whole, never)
    assert whole.store.result(trial) is None
    assert [h.alive for h in read_leases(whole.store.running)] == [False]


def test_a_task_that_starts_again_goes_on_with_what_it_had_begun(whole: StudyContext) -> None:
    planned = trials(3)
    for trial, job in zip(planned, (None, "7_0", "7_1"), strict=True):
        mine = acquire(whole.store.running, trial.id, job=job, trials=(trial.id,))
        assert mine is not None
        with mine:  # and gives it back
            pass
    order: list[str] = []
    finish = whole.store.finish
    whole.store.finish = lambda trial, result: (order.append(trial.id), finish(trial, result))[1]  # type: ignore[method-assign]
    work(in_populations(planned, 1), whole, never, job="7_1")
    assert order == [planned[i].id for i in (2, 0, 1)]


def test_a_worker_prefers_the_step_it_has_compiled_and_then_one_that_nobody_is_at(whole: StudyContext) -> None:
    store, losses = whole.store, ("lsgan", "wgan", "vae")
    ls, wgan, vae = (Training(Population(tuple(trials(1, loss))), whole, never) for loss in losses)
    theirs = acquire(store.running, "theirs", structure=ls.population.structure)
    assert in_good_order([ls, wgan, vae], "", store) == [wgan, vae, ls]
    assert in_good_order([ls, wgan, vae], vae.population.structure, store) == [vae, wgan, ls]
    assert theirs is not None
    theirs.finish()
    assert in_good_order([ls, wgan, vae], "", store) == [ls, wgan, vae]


def test_losses_take_turns_so_that_a_study_stopped_early_is_even() -> None:
    wgan = trials(2, "wgan")
    turns = [p.trials[0] for p in in_turn(in_populations([*trials(3, "lsgan"), *wgan], 1))]
    assert [t.loss for t in turns] == ["lsgan", "wgan", "lsgan", "wgan", "lsgan"]
    assert [t for t in turns if t.loss == "wgan"] == wgan


def test_cells_of_a_crossed_study_take_turns() -> None:
    planned = [replace(t, penalty=penalty) for penalty in ("none", "r1") for t in trials(2)]
    assert [p.trials[0].penalty for p in in_turn(in_populations(planned, 1))] == ["none", "r1", "none", "r1"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_requests() as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            time.sleep(1)
    assert signal.getsignal(number) == before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_requests() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_that_can_handle_no_signals_can_work(whole: StudyContext) -> None:
    planned, errors = trials(1), []

    def run() -> None:
        try:
            with stop_requests() as stop:
                work(in_populations(planned, 1), whole, stop)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not errors and table(planned, whole.store)["status"].tolist() == ["ok"]


def test_a_success_elsewhere_ends_the_wait(whole: StudyContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    planned = trials(1)
    theirs = acquire(whole.store.running, planned[0].id)
    assert theirs is not None

    def wait(seconds: float) -> None:
        finished(planned, whole.store, lambda t: result(best=123.0))
        theirs.finish()

    monkeypatch.setattr(time, "sleep", wait)
    work(in_populations(planned, 1), whole, never)
    ended = whole.store.result(planned[0])
    assert ended is not None and ended.scores[0]["fid_pixels"] == 123.0
