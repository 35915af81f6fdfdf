"""The jobs of a study on a SLURM cluster: arrays of tasks, each a few populations that fit its time limit."""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.files import write_atomically
from benchmark.plugins import UserError, one_line
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Resources
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.submission import (
    MeasuredSeconds,
    command,
    in_arrays,
    make_executor,
    outside_allocation,
    packed,
    require_slurm,
)
from benchmark.study.running.slurm.task import ERROR_LINE, Task
from benchmark.study.running.submitit_library import FailedJobError, FailedSubmissionError
from benchmark.study.running.worker import record_deaths
from benchmark.study.storage.claims import acquire, read_claims
from benchmark.study.storage.store import Store, read_json
from benchmark.study.study import Study
from benchmark.study.trial import Trial

WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SUSPENDED", "SPECIAL_EXIT", "RESV_DEL_HOLD")
AT_WORK = ("RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING", *WAITING)


@dataclass(frozen=True)
class Submitted:
    """An array that was submitted.

    Attributes:
        job: its id.
        populations: the names of the populations of each task.
        trials: the ids of the trials of each task.
        folder: submitit's files and logs.
    """

    job: str
    populations: list[list[str]]
    trials: list[list[str]]
    folder: str

    def log(self, task: str) -> str:
        """The end of what the task printed to its log of errors; empty if it printed nothing."""
        try:
            return (Path(self.folder) / f"{task}_0_log.err").read_text(errors="replace")[-20_000:]
        except OSError:
            return ""

    @property
    def tasks(self) -> list[str]:
        """The tasks' ids, as SLURM and submitit write them."""
        return [self.job] if len(self.populations) == 1 else [f"{self.job}_{i}" for i in range(len(self.populations))]


class Jobs:
    """The tasks of one study on the cluster."""

    def __init__(self, study: Study, store: Store) -> None:
        self.study, self.store = study, store
        self.home = store.root / "slurm" / study.name
        self.name = "ganbench-" + re.sub(r"[^\w.-]", "-", study.name)

    def submitted(self) -> list[Submitted]:
        """The arrays submitted so far, in their order."""
        found = [read_json(path) for path in self.home.glob("*.json")]
        arrays = [Submitted(**content) for content in found if isinstance(content, dict)]
        return sorted(arrays, key=lambda a: int(a.job))

    def submit(
        self,
        populations: Sequence[Population],
        resources: Resources,
        cluster: Cluster,
        seconds: MeasuredSeconds,
        report: Callable[[str], None],
    ) -> tuple[int, int]:
        """Submits what is in no pending or running task; returns how many populations, in how many tasks.

        Raises:
            UserError: another process is submitting, or SLURM refuses.
        """
        claim = acquire(self.store.running, f"submission-{self.study.name}")
        if claim is None:
            raise UserError(
                f"Another process is submitting {self.study.name} at this moment; ganbench status shows the outcome."
            )
        submitted: list[list[Population]] = []
        with claim:
            for tasks, parallel in in_arrays(self.tasks(populations, cluster, seconds, report), cluster):
                try:
                    self.submit_array(tasks, resources, replace(cluster, parallel=parallel))
                except UserError as error:  # a limit of the user's jobs, perhaps
                    if not submitted:
                        raise
                    report(f"{error}\nThe same command submits the rest, once there is room.")
                    break
                submitted += tasks
            claim.finish()
        return sum(len(task) for task in submitted), len(submitted)

    def tasks(
        self, populations: Sequence[Population], cluster: Cluster, seconds: MeasuredSeconds, report: Callable[[str], None]
    ) -> list[list[Population]]:
        """What a submission submits: those of the populations that are in no pending or running task."""
        queued = self.queued()
        return packed([p for p in populations if p.name not in queued], seconds, cluster, report)

    def script(
        self, populations: Sequence[Population], cluster: Cluster, seconds: MeasuredSeconds, report: Callable[[str], None]
    ) -> str:
        """The sbatch script of that submission, or of its first array."""
        tasks = self.tasks(populations, cluster, seconds, report)
        arrays = in_arrays(tasks, cluster)
        more = f"; this is the first of {len(arrays)} arrays" if len(arrays) > 1 else ""
        report(f"{sum(map(len, tasks))} populations would be submitted in {len(tasks)} tasks, as {self.name}{more}.")
        if arrays:
            tasks, cluster = list(arrays[0][0]), replace(cluster, parallel=arrays[0][1])
        with tempfile.TemporaryDirectory() as folder:  # submitit makes it
            executor = make_executor(Path(folder), cluster, self.name, len(tasks))
            if len(tasks) > 1:
                executor.parameters["map_count"] = len(tasks)
            text = executor._make_submission_file_text(executor._submitit_command_str, "dry-run")
        place = str(self.home / "SUBMISSION")  # its name may have spaces, which that of the temporary folder has not
        return re.sub(rf"{re.escape(folder)}\S*", lambda path: shlex.quote(path[0].replace(folder, place)), text)

    def submit_array(self, tasks: Sequence[Sequence[Population]], resources: Resources, cluster: Cluster) -> None:
        """Submits an array of tasks, and keeps what is in it."""
        folder = self.home / f"{time.time_ns()}-{os.getpid()}"
        executor = make_executor(folder, cluster, self.name, len(tasks))
        resources = replace(
            resources,
            device=cluster.device,
            results=Path(executor.there(resources.results)),
            data=Path(executor.there(resources.data)),
        )
        try:
            with outside_allocation(), executor.batch():
                jobs = [executor.submit(Task(self.study, resources, task)) for task in tasks]
            first = jobs[0].job_id
        except (FailedJobError, FailedSubmissionError) as error:
            raise UserError(f"SLURM refuses the submission: {one_line(error)}") from error
        submitted = Submitted(
            first.partition("_")[0],
            [[g.name for g in task] for task in tasks],
            [[t.id for g in task for t in g.trials] for task in tasks],
            str(folder),
        )
        write_atomically(self.home / f"{submitted.job}.json", json.dumps(vars(submitted)).encode())

    def states(self) -> dict[str, str]:
        """SLURM's state of every task of the study, by task id; ``UNKNOWN`` for those that SLURM has forgotten."""
        arrays = self.submitted()
        if not arrays:
            return {}
        ended = command(["sacct", "-n", "-X", "-P", "--format=JobID,State", "-j", ",".join(a.job for a in arrays)], check=False)
        queue = command(["squeue", "-h", "-r", "--states=all", "--format=%i|%T", "--name", self.name])
        known: dict[str, str] = {}
        for line in [*ended.splitlines(), *queue.splitlines()]:
            name, _, state = line.partition("|")
            if words := state.partition("|")[0].split():
                known |= dict.fromkeys(expanded(name), words[0].rstrip("+"))  # "CANCELLED by 1000"
        # An array that was cancelled before any task began is a single row.
        return {task: known.get(task, known.get(array.job, "UNKNOWN")) for array in arrays for task in array.tasks}

    def at_work(self) -> list[str]:
        """The pending and running tasks."""
        return [task for task, state in self.states().items() if state in AT_WORK]

    def queued(self) -> set[str]:
        """The populations in pending or running tasks."""
        tasks = set(self.at_work())
        return {
            population
            for array in self.submitted()
            for task, populations in zip(array.tasks, array.populations, strict=True)
            if task in tasks
            for population in populations
        }

    def cancel(self) -> int:
        """Cancels the study's pending and running tasks, and no others; returns how many."""
        require_slurm()
        tasks = self.at_work()
        if tasks:
            command(["scancel", *tasks])
        return len(tasks)

    def record_out_of_memory(self, trials: Sequence[Trial]) -> int:
        """Records the end of the trials that a task was at when it ran out of memory; returns how many.

        Tasks that were killed otherwise, or lost with their node, leave their trials pending: the next attempt goes on.
        """
        states, by_id = self.states(), {t.id: t for t in trials}
        claims = {claim.name: claim for claim in read_claims(self.store.running)}
        recorded = 0
        for array in self.submitted():
            for task, populations in zip(array.tasks, array.populations, strict=True):
                of_task = [claims[n] for n in populations if n in claims and claims[n].content.job == task]
                unreturned = [claim for claim in of_task if claim.content.pid is not None]
                if not unreturned or not self.out_of_memory(array, task, states[task]):
                    continue
                for dead in unreturned:
                    if (claim := acquire(self.store.running, dead.name, job=task)) is None:
                        continue
                    with claim:
                        lost = [by_id[i] for i in dead.content.trials if i in by_id]
                        record_deaths(lost, dead.content, self.store, f"SLURM task {task} ran out of memory")
                        recorded += len(lost)
                        claim.finish()
        return recorded

    def out_of_memory(self, array: Submitted, task: str, state: str) -> bool:
        """Whether the task died for want of memory: SLURM's state says so, or, where there are no cgroups, its log does."""
        if state != "FAILED":
            return state == "OUT_OF_MEMORY"
        return re.search(r"exceeded (job |step )?memory limit|oom[-_ ]kill", array.log(task), re.IGNORECASE) is not None

    def disagreements(self, trials: Sequence[Trial], most: int = 20) -> list[str]:
        """Where SLURM and the files differ: tasks that SLURM calls ended, and no later one has taken over, with pending trials.

        Of more than ``most`` tasks, the last line says how many.
        """
        states, ended = self.states(), self.store.statuses(trials)
        lines, later = [], set[str]()
        for array in reversed(self.submitted()):
            for task, names in zip(array.tasks, array.trials, strict=True):
                pending = sum(name not in ended and name not in later for name in names)
                if pending and states[task] not in AT_WORK:
                    lines.append(
                        f"Task {task}: SLURM says {states[task]}, but {pending} of its trials have no result. "
                        f"Its log ends: {end_of_log(array.log(task))}"
                    )
            later |= {name for names in array.trials for name in names}
        return lines if len(lines) <= most else [*lines[:most], f"... and {len(lines) - most} more tasks like these"]


def expanded(name: str) -> list[str]:
    """The tasks behind an id of SLURM's, such as ``7``, ``7_1``, or ``7_[0-2,5%2]`` of those that never started."""
    array, bracket, indices = name.partition("_[")
    if not bracket:
        return [name]
    ranges = [part.split("-") for part in indices.partition("]")[0].partition("%")[0].split(",")]
    return [
        f"{array}_{i}" for ends in ranges if all(e.isdecimal() for e in ends) for i in range(int(ends[0]), int(ends[-1]) + 1)
    ]


def end_of_log(log: str) -> str:
    """Of a task's log the line that says what the user must put right, or else the last one."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if line.startswith(ERROR_LINE)), lines[-1] if lines else "(nothing)")
