"""Executors: where the workers of a study run."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import submitit
import torch

from benchmark.plugins import UserError, unknown
from benchmark.study.claims import claim, claims, me
from benchmark.study.groups import Group, grouped
from benchmark.study.runner import Stopped, unfinished
from benchmark.study.store import Store
from benchmark.study.trial import Trial
from benchmark.study.worker import disk_errors, in_main_thread, local_worker, record_deaths, stopping, work
from benchmark.study.workshop import Workshop

EXECUTORS = ("inline", "local")
DEATHS = 3  # workers that a group may cost before its trials count as failed
Report = Callable[[str], None]


class Executor(Protocol):
    """Runs groups until each trial has its result."""

    def __call__(self, groups: Sequence[Group], workshop: Workshop) -> None:
        """Returns when no work is left.

        Raises:
            Stopped: an interrupt came; checkpoints are written.
            UserError: the environment stops all trials alike; what is computed is kept.
        """


def execute(trials: Sequence[Trial], workshop: Workshop, executor: str = "local", *, workers: int | None = None) -> None:
    """Runs what is missing of the trials; other processes may do the same at the same time.

    Raises:
        Stopped: an interrupt came; checkpoints are written.
        UserError: an unknown executor, or anything that stops all trials alike; what is computed is kept.
    """
    if executor not in EXECUTORS:
        raise unknown("executor", executor, list(EXECUTORS))
    open_trials = set(missing(trials, workshop.store))
    if not open_trials:
        return
    workshop.check([t for t in trials if t.id in open_trials])
    groups = [g for g in grouped(trials, workshop.population) if any(t.id in open_trials for t in g.trials)]
    count = min(workers or slots(workshop), len(groups))
    run: Executor = inline if executor == "inline" or count == 1 else Local(count)
    run(groups, workshop)


def missing(trials: Sequence[Trial], store: Store) -> list[str]:
    """The ids of the trials without a result; damaged results are put aside."""
    return [t.id for t in trials if store.result(t) is None]


def slots(workshop: Workshop) -> int:
    """How many workers this machine has room for: one per GPU, or one per ``threads`` cores."""
    if workshop.device.type == "cuda":
        return torch.cuda.device_count() if workshop.device.index is None else 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // workshop.resources.threads)


def inline(groups: Sequence[Group], workshop: Workshop) -> None:
    """Runs the groups in this process."""
    with stopping() as stop:
        work(groups, workshop, stop)


class Local:
    """Runs the groups in worker processes of this machine, through submitit's local executor.

    A worker that dies, killed or out of memory, is replaced. A group that cost three workers without finishing is recorded
    as failed.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __call__(self, groups: Sequence[Group], workshop: Workshop) -> None:
        logs = workshop.store.root / "logs" / f"{os.getpid()}-{int(time.time())}"
        left, deaths = list(groups), {g.name: 0 for g in groups}
        with stopping() as stop, disk_errors(workshop.store):
            jobs: dict[int, submitit.Job[str | None]] = {}
            try:
                while True:
                    for slot, job in list(jobs.items()):
                        if job.done():
                            del jobs[slot]
                            self.collect(job, left, deaths, workshop)
                    left = [g for g in left if unfinished(g, workshop.store)]
                    if not left and not jobs:
                        break
                    if stop():
                        raise Stopped
                    held = {h.name for h in claims(workshop.store.running) if h.alive}
                    free = sum(g.name not in held for g in left)
                    for slot in range(self.workers):
                        if slot not in jobs and free > 0 and len(jobs) < len(left):
                            jobs[slot] = self.start(slot, left, workshop, logs)
                            free -= 1
                    time.sleep(0.3)
            finally:
                stop_all(jobs.values())
        shutil.rmtree(logs, ignore_errors=True)

    def start(self, slot: int, groups: Sequence[Group], workshop: Workshop, logs: Path) -> submitit.Job[str | None]:
        """Starts a worker; it sees one GPU, if there are any."""
        executor = submitit.LocalExecutor(logs)
        gpus = (
            {"gpus_per_node": 1, "visible_gpus": (visible_gpu(slot, workshop.device),)}
            if workshop.device.type == "cuda"
            else {}
        )
        executor.update_parameters(timeout_min=60 * 24 * 365, **gpus)
        own = me()
        resources = replace(workshop.resources, device=workshop.device.type)
        # A terminal's interrupt goes to every process: the workers leave it to this one, which ends them in order.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread() else None
        try:
            job = executor.submit(local_worker, workshop.study, resources, list(groups), (own["pid"], own["started"]))
            job._results_timeout_s = 1  # what a dead worker has not left by then does not come
            return job
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)

    def collect(self, job: submitit.Job[str | None], left: Sequence[Group], deaths: dict[str, int], workshop: Workshop) -> None:
        """Looks how a worker ended.

        Raises:
            UserError: something that stops all trials alike.
        """
        try:
            message = job.result()
        except submitit.core.utils.FailedJobError as error:  # our own code's fault: no trial's
            raise UserError(f"A worker failed: {str(error).strip().splitlines()[-1]}\nIts log: {job.paths.stderr}") from error
        except submitit.core.utils.UncompletedJobError:
            self.count_death(left, deaths, workshop)
            return
        if message:
            raise UserError(message)

    def count_death(self, left: Sequence[Group], deaths: dict[str, int], workshop: Workshop) -> None:
        """Finds the groups whose worker died; records those that cost too many."""
        dead = {h.name: h for h in claims(workshop.store.running) if not h.alive and h.content.get("pid") is not None}
        for group in left:
            if group.name not in dead:
                continue
            deaths[group.name] += 1
            if deaths[group.name] < DEATHS or (claimed := claim(workshop.store.running, group.name)) is None:
                continue
            with claimed:
                content = {**dead[group.name].content, "deaths": DEATHS}
                record_deaths(group.trials, content, workshop.store)
                claimed.finish()


def visible_gpu(slot: int, device: torch.device) -> int:
    """The number of the GPU that a worker sees."""
    return slot if device.index is None else device.index


def stop_all(jobs: Any) -> None:
    """Asks the workers to stop, and waits until they have written their checkpoints."""
    alive = [job for job in jobs if not job.done()]
    for job in alive:
        if job._process is not None:
            job._process.send_signal(signal.SIGTERM)  # which submitit's controller hands on
    deadline = time.monotonic() + 30
    while any(not job.done() for job in alive) and time.monotonic() < deadline:
        time.sleep(0.1)
    for job in alive:
        if not job.done():
            job.cancel()
