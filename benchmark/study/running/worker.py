"""A worker: trains populations of trials, one after the other, and shares them with any number of other workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from benchmark.files import DISK_ERRORS
from benchmark.guest import guest
from benchmark.plugins import ProgramEnded, UserError, naming_exits
from benchmark.study.planning.resolution import resolve
from benchmark.study.populations import Population, in_populations
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.running.population_run import train_population
from benchmark.study.running.sharing import died_of, share
from benchmark.study.running.signals import Stopped, StopRequested, stop_requests
from benchmark.study.storage.leases import LeaseContent, LeaseLost, OwnedLease, read_leases
from benchmark.study.storage.processes import Process
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Cell, Trial
from benchmark.training.memory import keep_memory


class LeaseMonitor:
    """Shows the progress of a run to other processes, through its lease."""

    def __init__(self, lease: OwnedLease, stop_requested: StopRequested) -> None:
        self.lease, self.stop_requested = lease, stop_requested

    def progress(self, step: int, rate: float, losses: dict[str, float]) -> None:
        self.lease.update(step=step, rate=rate, losses=losses)

    def note(self, text: str) -> None:
        print(text, flush=True)
        self.lease.update(note=text)

    def checkpoint_written(self) -> None:
        self.lease.update(deaths=0)


@dataclass(frozen=True)
class Training:
    """The training of a population, as work that workers share."""

    population: Population
    context: StudyContext
    stop_requested: StopRequested

    @property
    def name(self) -> str:
        return self.population.name

    def content(self) -> dict[str, Any]:
        first = self.population.trials[0]
        return {
            "trials": tuple(t.id for t in self.population.trials),
            "title": self.context.resolved.names.title(first),
            "steps": first.budget.steps,
            "structure": self.population.structure,
        }

    def pending(self) -> bool:
        return bool(self.context.store.pending(self.population.trials))

    def do(self, lease: OwnedLease) -> None:
        monitor = LeaseMonitor(lease, self.stop_requested)
        for name in self.context.newly_changed_files():
            monitor.note(
                f"{name}, or a file that it imports, has changed. This run continues with the old content; "
                "the next one trains the new content."
            )
        train_population(
            self.population,
            self.context.of(self.population.trials[0]),
            monitor,
            attempt=lease.content.attempt,
            raised=is_not_the_trials_own,
        )

    def give_up(self, content: LeaseContent) -> None:
        record_deaths(self.population.trials, content, self.context.store)


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
    """Trains every population that no other worker has; ``share`` has the arguments.

    Raises:
        Stopped: a stop was requested; checkpoints are written.
        UserError: something stops all trials (no compiler, a full disk); what is computed is kept.
    """
    torch.set_num_threads(context.resources.threads)
    store = context.store

    def compiling_least(left: list[Training], last: Training | None) -> list[Training]:
        return in_good_order(left, last.population.structure if last is not None else "", store)

    share(
        [Training(population, context, stop_requested) for population in in_turn(populations)],
        store.running,
        store,
        stop_requested,
        wait_for_others=wait_for_others,
        run=run,
        job=job,
        in_order=compiling_least if context.execution.compiled else lambda left, last: left,
    )


def record_deaths(trials: Sequence[Trial], content: LeaseContent, store: Store, reason: str = "") -> None:
    """Records the pending ones of the trials as failed, because processes died at them.

    Args:
        content: that of the last lease on them.
    """
    reason = reason or died_of(content)
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


def pending_populations(trials: Sequence[Trial], size: int, store: Store) -> list[Population]:
    """The populations with a trial that has no result. ``trials`` are all of a plan's, which fixes who shares a population."""
    pending = {t.id for t in store.pending(trials)}
    return [p for p in in_populations(trials, size) if any(t.id in pending for t in p.trials)]


def in_turn(populations: Sequence[Population]) -> list[Population]:
    """The first population of each cell, then the second of each, and so on.

    So a study that is stopped early has about the same number of trials in each.
    """
    met: Counter[Cell] = Counter()
    turns = []
    for population in populations:
        cell = population.trials[0].cell
        turns.append(met[cell])
        met[cell] += 1
    return [populations[i] for i in sorted(range(len(populations)), key=turns.__getitem__)]


def in_good_order(left: Sequence[Training], last_structure: str, store: Store) -> list[Training]:
    """The trainings, in the order that needs the least compiling.

    First those whose step this worker compiled last, then those whose step no other worker has compiled, then the rest.
    """
    compiled = {lease.content.structure for lease in read_leases(store.running) if lease.alive}

    def rank(training: Training) -> int:
        structure = training.population.structure
        return 0 if structure == last_structure else 1 + (structure in compiled)

    return sorted(left, key=rank)


def is_not_the_trials_own(error: BaseException) -> bool:
    """Whether the error says nothing about the trials that were training."""
    if isinstance(error, ProgramEnded):  # by the file of a loss, a metric or an extractor
        return False
    return isinstance(error, Stopped | LeaseLost | UserError) or (isinstance(error, OSError) and error.errno in DISK_ERRORS)


def run_name(process: Process) -> str:
    """The name of a run, from the process that started its workers."""
    return f"{process.machine} {process.pid} {process.started}"


def local_worker(study: Study, resources: Resources, populations: Sequence[Population], parent: Process) -> str | None:
    """The work of a worker process of this machine; it ends with its work, or with the process that started it.

    Returns:
        The message of an error that the user must fix; None if there was none.
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
