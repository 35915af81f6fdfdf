"""The executor that runs trials in worker processes of this machine."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from benchmark.plugins import UserError
from benchmark.study.planning.plan import Plan
from benchmark.study.populations import Population
from benchmark.study.running.contexts import StudyContext
from benchmark.study.running.executors.inline import Inline
from benchmark.study.running.sharing import MAX_DEATHS, disk_errors
from benchmark.study.running.signals import Stopped, in_main_thread, stop_requests
from benchmark.study.running.submitit_library import FailedJobError, UncompletedJobError, submitit
from benchmark.study.running.worker import local_worker, pending_populations, run_name
from benchmark.study.storage.leases import read_leases
from benchmark.study.storage.processes import log_name, this_process, usable_cores
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial

LOOK_SECONDS = 0.3  # between two looks at the workers
LOG_LINES = 5  # lines of a dead worker's log that an error shows
Job = submitit.Job[str | None]


class Local:
    """Worker processes of this machine, through submitit's local executor; if one is enough, this process does the work.

    A worker that dies, killed or out of memory, is replaced; the next one to lease its population decides whether to try again.

    Attributes:
        workers: how many; None for one per GPU, or one per ``threads`` cores.
    """

    waits = True

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers

    def check(self, trials: Sequence[Trial], context: StudyContext) -> None:
        context.check(trials)
        if "SLURM_JOB_ID" in os.environ and "SLURMD_NODENAME" not in os.environ:
            context.report(
                f"This runs on {platform.node()}, not on a node of SLURM's allocation {os.environ['SLURM_JOB_ID']}. "
                "Put srun --pty before the command to run it there."
            )

    def run(self, plan: Plan, context: StudyContext) -> bool:
        populations = pending_populations(plan.trials, context.population, context.store)
        count = min(self.workers or slots(context), len(populations))
        if count == 1:
            return Inline().run(plan, context)
        self.run_workers(count, populations, context)
        return True

    def run_workers(self, count: int, populations: Sequence[Population], context: StudyContext) -> None:
        """Keeps ``count`` workers at work until no population is pending."""
        store = context.store
        logs = log_folder(store.root)
        deaths = EarlyDeaths(store, run_name(this_process()))
        with stop_requests() as stop_requested, disk_errors(store):
            jobs: dict[int, Job] = {}
            try:
                while True:
                    for slot, job in list(jobs.items()):
                        if job.done():
                            del jobs[slot]
                            if killed(job):
                                deaths.count(job, len(populations))
                    pending = {t.id for t in store.pending([t for p in populations for t in p.trials])}
                    populations = [p for p in populations if any(t.id in pending for t in p.trials)]
                    if not populations and not jobs:
                        break
                    if stop_requested():
                        raise Stopped
                    leased = {lease.name for lease in read_leases(store.running) if lease.alive}
                    free = sum(p.name not in leased for p in populations)
                    for slot in range(count):
                        if slot not in jobs and free > 0 and len(jobs) < len(populations):
                            jobs[slot] = start(slot, populations, context, logs)
                            free -= 1
                    time.sleep(LOOK_SECONDS)
            finally:
                stop_all(jobs.values())
        shutil.rmtree(logs, ignore_errors=True)


def start(slot: int, populations: Sequence[Population], context: StudyContext, logs: Path) -> Job:
    """Starts a worker; it sees one GPU, if there are any."""
    executor = worker_executor(logs, visible_gpu(slot, context.device) if context.device.type == "cuda" else None)
    resources = replace(context.resources, device=context.device.type)
    # A terminal's interrupt goes to every process: the workers leave it to this one, which ends them in order.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread() else None
    try:
        job = executor.submit(local_worker, context.study, resources, list(populations), this_process())
        job._results_timeout_s = 1  # a dead worker writes nothing later
        return job
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


class EarlyDeaths:
    """Ends a run whose workers die, one after the other, before they have begun any work.

    A worker that dies at work leaves a lease, for which ``MAX_DEATHS`` holds. Without this class, one that dies earlier would
    be replaced for ever.
    """

    def __init__(self, store: Store, run: str) -> None:
        self.store, self.run = store, run
        self.begun: set[tuple[str, int]] = set()
        self.pending, self.in_a_row = -1, 0

    def count(self, job: Job, pending: int) -> None:
        """Counts the death of a worker; ``pending`` is the number of pending populations.

        Raises:
            UserError: it is the third in a row, and none of them had begun anything.
        """
        leases = {(c.name, c.generation) for c in read_leases(self.store.running) if c.content.run == self.run}
        fruitless = leases <= self.begun and pending == self.pending
        self.begun, self.pending = self.begun | leases, pending
        self.in_a_row = self.in_a_row + 1 if fruitless else int(not leases)
        if self.in_a_row >= MAX_DEATHS:
            raise UserError(
                f"{self.in_a_row} workers died one after the other before they began a trial; the last one's log ends:\n"
                f"{end_of_log(job.paths.stderr)}"
            )


def end_of_log(log: Path) -> str:
    """The last lines of a log, without empty ones."""
    try:
        lines = [line.rstrip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    return "\n".join(lines[-LOG_LINES:]) or f"(nothing in {log})"


def log_folder(results: Path) -> Path:
    """The folder for the workers' logs while they run: in the results folder, unless submitit would misread its name."""
    name = log_name()
    folder = results.absolute() / "logs" / name  # submitit would take a ~ at the beginning for a user's home
    if "%" in str(folder):  # which it would take for the beginning of a job's number
        return Path(tempfile.gettempdir()) / f"ganbench-logs-{name}"
    return folder


def killed(job: Job) -> bool:
    """Whether an ended worker was killed, which is not a fault of this run.

    Raises:
        UserError: the worker met something that stops all trials.
    """
    try:
        message = job.result()
    except FailedJobError as error:  # a fault of our own code, not of a trial
        raise UserError(f"A worker failed: {str(error).strip().splitlines()[-1]}\nIts log: {job.paths.stderr}") from error
    except UncompletedJobError:
        return True
    if message:
        raise UserError(message)
    return False


def slots(context: StudyContext) -> int:
    """How many workers this machine has room for: one per GPU, or one per ``threads`` cores."""
    if context.device.type == "cuda":
        return torch.cuda.device_count() if context.device.index is None else 1
    return max(1, usable_cores() // context.resources.threads)


def visible_gpu(slot: int, device: torch.device) -> str:
    """The value of ``CUDA_VISIBLE_DEVICES`` for a worker: one of the GPUs that this process sees."""
    index = slot if device.index is None else device.index
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    return seen.split(",")[index].strip() if seen else str(index)


def worker_executor(logs: Path, gpu: str | None) -> submitit.LocalExecutor:
    """submitit's executor for a worker that sees this GPU, or none."""
    # submitit's own option does not accept a GPU's UUID.
    python = shlex.quote(sys.executable)
    executor = submitit.LocalExecutor(logs, python=python if gpu is None else f"env CUDA_VISIBLE_DEVICES={gpu} {python}")
    executor.update_parameters(timeout_min=60 * 24 * 365)
    return executor


def stop_all(jobs: Collection[Job]) -> None:
    """Asks the workers to stop, and waits until they have written their checkpoints."""
    alive = [job for job in jobs if not job.done()]
    for job in alive:
        process = getattr(job, "_process", None)
        if process is not None:
            process.send_signal(signal.SIGTERM)  # submitit's controller passes it on
    deadline = time.monotonic() + 30
    while any(not job.done() for job in alive) and time.monotonic() < deadline:
        time.sleep(0.1)
    for job in alive:
        if not job.done():
            job.cancel()
