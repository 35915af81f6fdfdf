"""The executor that runs trials in worker processes of this machine."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import submitit
import torch

from benchmark.plugins import UserError
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Workshop
from benchmark.study.running.executors.base import pending_populations
from benchmark.study.running.executors.inline import Inline
from benchmark.study.running.population_run import Stopped
from benchmark.study.running.worker import disk_errors, in_main_thread, local_worker, record_deaths, stopping
from benchmark.study.storage.claims import Held, claim, claims, me
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial

DEATHS = 3  # workers that a population may cost before its trials count as failed


class Local:
    """Worker processes of this machine, through submitit's local executor; a single one is this process.

    A worker that dies, killed or out of memory, is replaced. A population that cost three workers without finishing is recorded
    as failed.

    Attributes:
        workers: how many; None for one per GPU, or one per ``threads`` cores.
    """

    stays = True

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers

    def check(self, trials: Sequence[Trial], workshop: Workshop) -> None:
        workshop.check(trials)

    def run(self, trials: Sequence[Trial], workshop: Workshop) -> bool:
        populations = pending_populations(trials, workshop.population, workshop.store)
        count = min(self.workers or slots(workshop), len(populations))
        if count == 1:
            return Inline().run(trials, workshop)
        self.run_workers(count, populations, workshop)
        return True

    def run_workers(self, count: int, populations: Sequence[Population], workshop: Workshop) -> None:
        """Keeps so many workers at work until no population is left."""
        logs = workshop.store.root / "logs" / f"{os.getpid()}-{int(time.time())}"
        left, deaths = list(populations), {g.name: 0 for g in populations}
        self.counted = counted_before(workshop.store)
        with stopping() as stop, disk_errors(workshop.store):
            jobs: dict[int, submitit.Job[str | None]] = {}
            try:
                while True:
                    for slot, job in list(jobs.items()):
                        if job.done():
                            del jobs[slot]
                            self.collect(job, left, deaths, workshop)
                    left = still_open(left, workshop.store)
                    if not left and not jobs:
                        break
                    if stop():
                        raise Stopped
                    held = {h.name for h in claims(workshop.store.running) if h.alive}
                    free = sum(g.name not in held for g in left)
                    for slot in range(count):
                        if slot not in jobs and free > 0 and len(jobs) < len(left):
                            jobs[slot] = self.start(slot, left, workshop, logs)
                            free -= 1
                    time.sleep(0.3)
            finally:
                stop_all(jobs.values())
        shutil.rmtree(logs, ignore_errors=True)

    def start(self, slot: int, populations: Sequence[Population], workshop: Workshop, logs: Path) -> submitit.Job[str | None]:
        """Starts a worker; it sees one GPU, if there are any."""
        executor = worker_executor(logs, visible_gpu(slot, workshop.device) if workshop.device.type == "cuda" else None)
        own = me()
        resources = replace(workshop.resources, device=workshop.device.type)
        # A terminal's interrupt goes to every process: the workers leave it to this one, which ends them in order.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread() else None
        try:
            job = executor.submit(local_worker, workshop.study, resources, list(populations), (own["pid"], own["started"]))
            job._results_timeout_s = 1  # what a dead worker has not left by then does not come
            return job
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)

    def collect(
        self, job: submitit.Job[str | None], left: Sequence[Population], deaths: dict[str, int], workshop: Workshop
    ) -> None:
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

    def count_death(self, left: Sequence[Population], deaths: dict[str, int], workshop: Workshop) -> None:
        """Finds the populations whose workers died; records those that cost too many."""
        dead = dead_claims(workshop.store)
        for population in left:
            if population.name not in dead:
                continue
            generation = dead[population.name].generation
            new = generation - self.counted.get(population.name, -1)  # two, where a second worker died of it before this look
            if not new:
                continue
            self.counted[population.name] = generation
            deaths[population.name] += new
            if deaths[population.name] < DEATHS or (claimed := claim(workshop.store.running, population.name)) is None:
                continue
            with claimed:
                content = {**dead[population.name].content, "deaths": deaths[population.name]}
                record_deaths(population.trials, content, workshop.store)
                claimed.finish()


def still_open(populations: Sequence[Population], store: Store) -> list[Population]:
    """The populations with a trial that has not ended, from the files' names alone."""
    ended = store.statuses(t for g in populations for t in g.trials)
    return [g for g in populations if any(t.id not in ended for t in g.trials)]


def slots(workshop: Workshop) -> int:
    """How many workers this machine has room for: one per GPU, or one per ``threads`` cores."""
    if workshop.device.type == "cuda":
        return torch.cuda.device_count() if workshop.device.index is None else 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // workshop.resources.threads)


def dead_claims(store: Store) -> dict[str, Held]:
    """The claims whose owners died, by name."""
    return {h.name: h for h in claims(store.running) if not h.alive and h.content.get("pid") is not None}


def counted_before(store: Store) -> dict[str, int]:
    """The generation of each claim that can cost a new run no worker any more; that of a living owner still can."""
    return {h.name: h.generation - h.alive for h in claims(store.running)}


def visible_gpu(slot: int, device: torch.device) -> str:
    """The GPU that a worker sees, in the words of ``CUDA_VISIBLE_DEVICES``; of those that this process sees."""
    index = slot if device.index is None else device.index
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    return seen.split(",")[index].strip() if seen else str(index)


def worker_executor(logs: Path, gpu: str | None) -> submitit.LocalExecutor:
    """submitit's executor for a worker that sees this GPU, or none."""
    # Not submitit's own option, which takes no GPU's UUID.
    python = shlex.quote(sys.executable)
    executor = submitit.LocalExecutor(logs, python=python if gpu is None else f"env CUDA_VISIBLE_DEVICES={gpu} {python}")
    executor.update_parameters(timeout_min=60 * 24 * 365)
    return executor


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
