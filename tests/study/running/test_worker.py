"""Workers: they share populations, take over from the dead, and stop in order."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.tiny_study import finished, result, trials

from benchmark.plugins import UserError
from benchmark.study.populations import Population, in_populations
from benchmark.study.running import population_run, worker
from benchmark.study.running.contexts import Resources, Workshop
from benchmark.study.running.population_run import Stopped, Workplace
from benchmark.study.running.worker import in_good_order, stopping, work
from benchmark.study.storage.claims import claim, claims, create, me
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table


@pytest.fixture
def workshop(place: Workplace) -> Workshop:
    """A workshop whose trials all run at one place."""
    made = SimpleNamespace(store=place.store, resources=Resources(), place=lambda trial: place)
    return made  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL", 0.01)


def never() -> bool:
    return False


def dead_claim(store: Store, population: Population, **content: object) -> None:
    said = {**me(), "started": "1", "trials": [t.id for t in population.trials], "attempt": 1, "deaths": 0, **content}
    assert create(store.running / f"{population.name}.0.claim", json.dumps(said).encode())


def test_a_worker_trains_all_groups_and_leaves_no_claims(workshop: Workshop) -> None:
    planned = trials(3)
    work(in_populations(planned, 2), workshop, never)
    assert table(planned, workshop.store)["status"].tolist() == ["ok"] * 3
    assert not list(workshop.store.running.iterdir())


def test_an_impatient_worker_leaves_what_others_have(workshop: Workshop) -> None:
    planned = trials(2)
    theirs = claim(workshop.store.running, planned[0].id)
    work(in_populations(planned, 1), workshop, never, patient=False)
    assert table(planned, workshop.store)["status"].tolist() == ["pending", "ok"]
    assert theirs is not None
    theirs.finish()


def test_a_patient_worker_takes_over_what_another_gives_back(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = trials(1)
    theirs = claim(workshop.store.running, planned[0].id)
    assert theirs is not None
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            with theirs:
                pass

    monkeypatch.setattr(time, "sleep", wait)
    work(in_populations(planned, 1), workshop, never)
    assert len(waits) >= 3
    ended = workshop.store.result(planned[0])
    assert ended is not None and ended.status == "ok" and ended.attempts == 2


def test_work_finished_between_the_look_and_the_claim_is_not_done_again(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trial,) = trials(1)
    attempt = worker.attempt

    def late(population: Population, store: Store, job: str | None = None) -> object:
        store.finish(trial, result(best=123.0))
        return attempt(population, store, job)

    monkeypatch.setattr(worker, "attempt", late)
    work(in_populations([trial], 1), workshop, never)
    ended = workshop.store.result(trial)
    assert ended is not None and ended.scores[0]["fid_pixels"] == 123.0
    assert not list(workshop.store.running.iterdir())


def test_a_worker_asked_to_stop_gives_its_claim_back_with_a_checkpoint(workshop: Workshop) -> None:
    (trial,) = trials(1)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 1  # not before the first claim

    with pytest.raises(Stopped):
        work(in_populations([trial], 1), workshop, stop)
    (held,) = claims(workshop.store.running)
    assert not held.alive and held.content["pid"] is None and held.content["step"] == 6
    assert workshop.store.checkpoint(trial.id).exists() and workshop.store.result(trial) is None
    work(in_populations([trial], 1), workshop, never)
    ended = workshop.store.result(trial)
    assert ended is not None and ended.status == "ok" and ended.attempts == 2
    assert not list(workshop.store.running.iterdir())


def test_a_deposed_worker_records_nothing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_run, "CHECKPOINT_SECONDS", 0.0)
    (trial,) = trials(1)
    population = Population((trial,))
    mine = worker.attempt(population, workshop.store)
    assert mine is not None
    create(workshop.store.running / f"{population.name}.1.claim", json.dumps(me()).encode())
    worker.train(population, mine, workshop, never)
    assert not mine.finished and workshop.store.result(trial) is None
    assert {p.name for p in workshop.store.running.iterdir()} == {f"{population.name}.{g}.claim" for g in (0, 1)}


def test_groups_that_killed_too_many_are_recorded_as_failed_where_deaths_are_counted(workshop: Workshop) -> None:
    planned = trials(2)
    deadly, other = in_populations(planned, 1)
    dead_claim(workshop.store, deadly, deaths=2, attempt=3)  # and now the third
    dead_claim(workshop.store, other, deaths=1, attempt=2)
    work([deadly, other], workshop, never, deaths=3)
    failed, ok = (workshop.store.result(t) for t in planned)
    assert failed is not None and failed.status == "failed" and "died 3 times" in failed.reason
    assert ok is not None and ok.status == "ok" and ok.attempts == 3


def test_what_stops_all_trials_alike_is_no_trial_s_failure(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise UserError("no compiler")

    monkeypatch.setattr(worker, "train_population", refuse)
    (trial,) = trials(1)
    with pytest.raises(UserError, match="no compiler"):
        work(in_populations([trial], 1), workshop, never)
    assert workshop.store.result(trial) is None
    assert [h.alive for h in claims(workshop.store.running)] == [False]


def test_a_worker_prefers_the_step_it_has_compiled_and_then_one_that_nobody_is_at(store: Store) -> None:
    ls, wgan, vae = (Population(tuple(trials(1, loss))) for loss in ("lsgan", "wgan", "vae"))
    theirs = claim(store.running, "theirs", structure=ls.structure)
    assert in_good_order([ls, wgan, vae], "", store) == [wgan, vae, ls]
    assert in_good_order([ls, wgan, vae], vae.structure, store) == [vae, wgan, ls]
    assert theirs is not None
    theirs.finish()
    assert in_good_order([ls, wgan, vae], "", store) == [ls, wgan, vae]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopping() as stop:
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
        with stopping() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_that_can_handle_no_signals_can_work(workshop: Workshop) -> None:
    planned, errors = trials(1), []

    def run() -> None:
        try:
            with stopping() as stop:
                work(in_populations(planned, 1), workshop, stop)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not errors and table(planned, workshop.store)["status"].tolist() == ["ok"]


def test_a_success_elsewhere_ends_the_wait(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    planned = trials(1)
    theirs = claim(workshop.store.running, planned[0].id)
    assert theirs is not None

    def wait(seconds: float) -> None:
        finished(planned, workshop.store, lambda t: result(best=123.0))
        theirs.finish()

    monkeypatch.setattr(time, "sleep", wait)
    work(in_populations(planned, 1), workshop, never)
    ended = workshop.store.result(planned[0])
    assert ended is not None and ended.scores[0]["fid_pixels"] == 123.0
