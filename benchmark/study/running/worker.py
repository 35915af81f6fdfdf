"""A worker: leases populations of trials, one after the other, and trains them, beside any number of other workers."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from benchmark.files import DISK_ERRORS, refused
from benchmark.guest import guest
from benchmark.plugins import ProgramEnded, UserError, naming_exits
from benchmark.study.planning.resolution import resolve
from benchmark.study.populations import Population, in_populations
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.running.population_run import train_population
from benchmark.study.running.signals import Stopped, StopRequested, stop_requests
from benchmark.study.storage.leases import LeaseContent, LeaseLost, OwnedLease, acquire, read_leases
from benchmark.study.storage.processes import Process
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.training.memory import keep_memory

MAX_DEATHS = 3
"""So many processes of one run may die of a population, in a row and without a checkpoint, before its trials are recorded as
failed: whatever kills them, a fourth attempt would end the same way."""
POLL_SECONDS = 1.0  # between two looks at what other workers have leased


class LeaseMonitor:
    """Shows others how a run gets on, through its lease."""

    def __init__(self, lease: OwnedLease, stop_requested: StopRequested) -> None:
        self.lease, self.stop_requested = lease, stop_requested

    def progress(self, step: int, rate: float, losses: dict[str, float]) -> None:
        self.lease.update(step=step, rate=rate, losses=losses)

    def note(self, text: str) -> None:
        print(text, flush=True)
        self.lease.update(note=text)

    def checkpoint_written(self) -> None:
        self.lease.update(deaths=0)


@guest()
@naming_exits()
def work(
    populations: Sequence[Population],
    context: StudyContext,
    stop_requested: StopRequested,
    *,
    wait_for_others: bool = True,
    run: str = "",
    job: str | None = None,
) -> None:
    """Trains every population that no other worker has.

    Args:
        wait_for_others: whether to wait for the populations that others have, and take them over should those others die.
        run: names the run that this worker belongs to; empty for a run of this process alone.
        job: the cluster's task that this worker is; what an earlier start of it leased is free, and comes first.

    Raises:
        Stopped: a stop was requested; checkpoints are written.
        UserError: the environment stops all trials alike (no compiler, a full disk); what is computed is kept.
    """
    torch.set_num_threads(context.resources.threads)
    store, last_structure = context.store, ""
    begun = {lease.name for lease in read_leases(store.running) if job is not None and lease.content.job == job}
    pending = {p.name: p for p in sorted(in_turn(populations), key=lambda p: p.name not in begun)}
    for name in begun & pending.keys():
        last_structure = pending[name].structure
    while pending:
        progressed = False
        left = list(pending.values())
        for population in in_good_order(left, last_structure, store) if context.execution.compiled else left:
            if stop_requested():
                raise Stopped
            if not store.pending(population.trials):
                del pending[population.name]
                progressed = True
                continue
            lease = lease_population(population, context, run, job)
            if lease is None:
                continue
            train(population, lease, context, stop_requested)
            last_structure = population.structure
            if lease.finished:
                del pending[population.name]
            progressed = True
            break
        if not progressed:
            if not wait_for_others:
                return
            time.sleep(POLL_SECONDS)


def train(population: Population, lease: OwnedLease, context: StudyContext, stop_requested: StopRequested) -> None:
    """Trains a leased population; one that too many processes died of is recorded as failed instead."""
    with disk_errors(context.store), contextlib.suppress(LeaseLost), lease:
        if lease.content.deaths >= MAX_DEATHS:
            # This lease is no attempt: it only records those before it.
            record_deaths(population.trials, replace(lease.content, attempt=lease.content.attempt - 1), context.store)
        else:
            monitor = LeaseMonitor(lease, stop_requested)
            for name in context.newly_changed_files():
                monitor.note(
                    f"{name}, or a file that it imports, has changed. This run goes on with what it read when it began; "
                    "the next one trains the new content."
                )
            train_population(
                population,
                context.of(population.trials[0]),
                monitor,
                attempt=lease.content.attempt,
                raised=is_not_the_trials_own,
            )
        lease.finish()


def record_deaths(trials: Sequence[Trial], content: LeaseContent, store: Store, reason: str = "") -> None:
    """Records those of the trials that are pending as failed, because processes died of them.

    Args:
        content: of the last lease on them.
    """
    reason = reason or f"its process died {content.deaths} times (killed, or out of memory)"
    for trial in store.pending(trials):
        result = Result(
            status="failed",
            step=content.step,
            seconds=0.0,
            scores=[],
            environment={},
            reason=reason,
            attempts=max(1, content.attempt) + store.earlier_attempts(trial),
        )
        store.finish(trial, result)


def lease_population(population: Population, context: StudyContext, run: str = "", job: str | None = None) -> OwnedLease | None:
    """Leases the population; None if another worker has it."""
    first = population.trials[0]
    with disk_errors(context.store):
        return acquire(
            context.store.running,
            population.name,
            run=run,
            job=job,
            trials=tuple(t.id for t in population.trials),
            title=context.resolved.names.title(first),
            steps=first.budget.steps,
            structure=population.structure,
        )


def pending_populations(trials: Sequence[Trial], size: int, store: Store) -> list[Population]:
    """The populations that hold a trial without a result; all trials of a plan determine who shares one."""
    pending = {t.id for t in store.pending(trials)}
    return [p for p in in_populations(trials, size) if any(t.id in pending for t in p.trials)]


def in_turn(populations: Sequence[Population]) -> list[Population]:
    """The first population of each loss, data set, variant and optimiser, then the second of each, and so on.

    So a study that is stopped early has about equally many trials of each.
    """
    met: Counter[tuple[str, ...]] = Counter()
    turns = []
    for population in populations:
        first = population.trials[0]
        cell = (first.loss, first.dataset, first.variant, first.optimiser)
        turns.append(met[cell])
        met[cell] += 1
    return [populations[i] for i in sorted(range(len(populations)), key=turns.__getitem__)]


def in_good_order(populations: Sequence[Population], last_structure: str, store: Store) -> list[Population]:
    """The populations in the order that compiles least.

    First those whose step this worker compiled last, then those whose step no other worker has compiled, then the rest.
    """
    taken = {lease.content.structure for lease in read_leases(store.running) if lease.alive}

    def rank(population: Population) -> int:
        return 0 if population.structure == last_structure else 1 + (population.structure in taken)

    return sorted(populations, key=rank)


def is_not_the_trials_own(error: BaseException) -> bool:
    """Whether the error says nothing about the trials that were training."""
    if isinstance(error, ProgramEnded):  # by the file of a loss, a metric or an extractor
        return False
    return isinstance(error, Stopped | LeaseLost | UserError) or (isinstance(error, OSError) and error.errno in DISK_ERRORS)


@contextlib.contextmanager
def disk_errors(store: Store) -> Iterator[None]:
    """Turns what a disk refuses into a message for the user."""
    try:
        yield
    except OSError as error:
        if (message := refused(error, store.root)) is None:
            raise
        raise message from error


def run_name(process: Process) -> str:
    """Names the run of the process that started its workers."""
    return f"{process.machine} {process.pid} {process.started}"


def local_worker(study: Study, resources: Resources, populations: Sequence[Population], parent: Process) -> str | None:
    """What a worker process of this machine does; ends when its work does, or the process that started it.

    Returns:
        What the user must put right; None if nothing.
    """
    keep_memory()
    with stop_requests() as stop_requested:
        try:
            context = StudyContext(resolved=resolve(study), resources=resources)
            work(
                populations,
                context,
                lambda: stop_requested() or not parent.alive,
                wait_for_others=False,
                run=run_name(parent),
            )
        except Stopped:
            pass
        except UserError as error:
            return str(error)
    return None
