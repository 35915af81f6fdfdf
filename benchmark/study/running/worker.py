"""A worker: claims populations of trials, one after the other, and trains them, beside any number of other workers."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from benchmark.files import DISK_ERRORS, refused
from benchmark.plugins import UserError
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Resources, Workshop
from benchmark.study.running.population_run import Stopped, train_population, unfinished
from benchmark.study.storage.claims import Claim, Deposed, claim, claims, process_start
from benchmark.study.storage.store import Result, Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial

POLL = 1.0  # seconds between two looks at what others claim
Stop = Callable[[], bool]


class ClaimWatcher:
    """Tells how a run gets on through its claim."""

    def __init__(self, claimed: Claim, stop: Stop) -> None:
        self.claimed, self.stop = claimed, stop

    def tell(self, **progress: Any) -> None:
        if "note" in progress:
            print(progress["note"], flush=True)
        self.claimed.tell(**progress)


def work(
    populations: Sequence[Population],
    workshop: Workshop,
    stop: Stop,
    *,
    patient: bool = True,
    job: str | None = None,
    deaths: int | None = None,
) -> None:
    """Trains every population that no other worker has.

    Args:
        patient: whether to wait for the populations that others have, and take them over should those others die.
        job: the cluster's task that this worker is; what an earlier run of it claimed is free.
        deaths: how many attempts a population may lose to dead processes before its trials are recorded as failed; None for any
            number.

    Raises:
        Stopped: ``stop`` said so; checkpoints are written.
        UserError: the environment stops all trials alike (no compiler, a full disk); what is computed is kept.
    """
    torch.set_num_threads(workshop.resources.threads)
    store, last = workshop.store, ""
    waiting = {population.name: population for population in populations}
    while waiting:
        progressed = False
        for population in in_good_order(list(waiting.values()), last, store):
            if stop():
                raise Stopped
            claimed = None
            if unfinished(population, store):
                if (claimed := attempt(population, store, job)) is None:
                    continue
                if deaths is not None and claimed.content["deaths"] >= deaths:
                    with disk_errors(store), claimed:
                        record_deaths(population.trials, claimed.content, store)
                        claimed.finish()
                else:
                    train(population, claimed, workshop, stop)
                last = population.structure
            if claimed is None or claimed.finished:
                del waiting[population.name]
            progressed = True
            if claimed is not None:
                break
        if not progressed:
            if not patient:
                return
            time.sleep(POLL)


def train(population: Population, claimed: Claim, workshop: Workshop, stop: Stop) -> None:
    """Trains a claimed population."""
    with disk_errors(workshop.store), contextlib.suppress(Deposed), claimed:
        train_population(
            population,
            workshop.place(population.trials[0]),
            ClaimWatcher(claimed, stop),
            attempt=claimed.content["attempt"],
            passes_on=not_its_own,
        )
        claimed.finish()


def record_deaths(trials: Sequence[Trial], content: dict[str, Any], store: Store, reason: str = "") -> None:
    """Records those of the trials that have no result as failed, because processes died of them.

    Args:
        content: what the last claim on them said.
    """
    reason = reason or f"its process died {content['deaths']} times (killed, or out of memory)"
    step, attempts = int(content.get("step", 0)), int(content.get("attempt", 1))
    for trial in trials:
        if store.result(trial) is None:
            store.finish(trial, Result("failed", step, 0.0, [], {}, reason=reason, attempts=attempts))


def attempt(population: Population, store: Store, job: str | None = None) -> Claim | None:
    """Claims the population; None if someone else has it."""
    first = population.trials[0]
    with disk_errors(store):
        return claim(
            store.running,
            population.name,
            job=job,
            trials=[t.id for t in population.trials],
            title=first.title,
            steps=first.budget.steps,
            structure=population.structure,
        )


def in_good_order(populations: Sequence[Population], last: str, store: Store) -> list[Population]:
    """First those that share the step compiled last, then those whose step nobody else is at, then the others."""
    taken = {held.content.get("structure") for held in claims(store.running) if held.alive}

    def rank(population: Population) -> int:
        return 0 if population.structure == last else 1 + (population.structure in taken)

    return sorted(populations, key=rank)


def not_its_own(error: BaseException) -> bool:
    """Whether the error is none of a trial's own doing."""
    return isinstance(error, Stopped | Deposed | UserError) or (isinstance(error, OSError) and error.errno in DISK_ERRORS)


@contextlib.contextmanager
def disk_errors(store: Store) -> Iterator[None]:
    """Turns what a disk refuses into a message for the user."""
    try:
        yield
    except OSError as error:
        if (message := refused(error, store.root)) is None:
            raise
        raise message from error


def in_main_thread() -> bool:
    """Whether this is the thread in which signals can be handled."""
    return threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def stopping() -> Iterator[Stop]:
    """Whether an interrupt or a request to terminate has come; a second one interrupts at once."""
    if not in_main_thread():  # no other can handle signals
        yield lambda: False
        return
    asked: list[int] = []

    def ask(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {n: signal.getsignal(n) for n in numbers}
    try:
        for n in numbers:
            if before[n] is not signal.SIG_IGN:
                signal.signal(n, ask)
        yield lambda: bool(asked)
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)


def local_worker(
    study: Study, resources: Resources, populations: Sequence[Population], parent: tuple[int, str | None]
) -> str | None:
    """What a worker process of this machine does; ends when its work does, or the process that started it.

    Returns:
        What the user must mend; None if nothing.
    """
    with stopping() as stop:
        try:
            workshop = Workshop(study, resources)
            work(populations, workshop, lambda: stop() or process_start(parent[0]) != parent[1], patient=False)
        except Stopped:
            pass
        except UserError as error:
            return str(error)
    return None
