"""The arrays of a study's workers: what is kept of each submission, and what SLURM says about its tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from benchmark.study.planning.plan_cache import read_planned
from benchmark.study.running.slurm.submission import command
from benchmark.study.running.slurm.task import ERROR_LINE, PLAN, PLAN_KEY
from benchmark.study.storage.store import read_json

STARTED = ("RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING", "SUSPENDED")
"""States of tasks that may have a process."""
AT_WORK = (*STARTED, "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD")
IN_ORDER = ("COMPLETED", "CANCELLED", "UNKNOWN")
"""States of tasks that ended without a fault."""
ONLY_ENDS = re.compile(r"srun: (.*Exited with exit code|Terminating|launch/slurm)|slurmstepd: .*STEP \S+ ON")
"""Lines at the end of a log that say that a task ended, and not why."""


@dataclass(frozen=True)
class Submitted:
    """An array that was submitted.

    Attributes:
        job: its id.
        workers: how many tasks it has.
        run: names the run that its workers belong to.
        replaces: the tasks that had ended when it was submitted.
        folder: submitit's files and logs, and the plan.
    """

    job: str
    workers: int
    run: str
    replaces: list[str]
    folder: str

    def log(self, task: str) -> str:
        """The end of the task's error log; empty if there is none."""
        try:
            return (Path(self.folder) / f"{task}_0_log.err").read_text(errors="replace")[-20_000:]
        except OSError:
            return ""

    @property
    def tasks(self) -> list[str]:
        """The tasks' ids, as SLURM and submitit write them."""
        return [self.job] if self.workers == 1 else [f"{self.job}_{i}" for i in range(self.workers)]

    @property
    def trials(self) -> set[str]:
        """The ids of the trials that its workers know of."""
        planned = read_planned(Path(self.folder) / PLAN, PLAN_KEY)
        return set() if planned is None else {trial.id for trial in planned[0]}


def read_arrays(home: Path) -> list[Submitted]:
    """The arrays whose submissions are kept in the folder, in order of submission."""
    found = [read_json(path) for path in home.glob("*.json")]
    keys = {f.name for f in fields(Submitted)}
    arrays = [Submitted(**content) for content in found if isinstance(content, dict) and content.keys() == keys]
    return sorted(arrays, key=lambda a: int(a.job))


def read_states(arrays: Sequence[Submitted], name: str) -> dict[str, str]:
    """SLURM's state of every task of the arrays, by task id; ``UNKNOWN`` for those that SLURM has forgotten.

    Args:
        name: the name of the arrays' jobs.
    """
    if not arrays:
        return {}
    ended = command(["sacct", "-n", "-X", "-P", "--format=JobID,State", "-j", ",".join(a.job for a in arrays)], check=False)
    queue = command(["squeue", "-h", "-r", "--states=all", "--format=%i|%T", "--name", name])
    known: dict[str, str] = {}
    for line in [*ended.splitlines(), *queue.splitlines()]:
        task, _, state = line.partition("|")
        if words := state.partition("|")[0].split():
            known |= dict.fromkeys(expanded(task), words[0].rstrip("+"))  # "CANCELLED by 1000"
    # An array that was cancelled before any task began is a single row.
    return {task: known.get(task, known.get(array.job, "UNKNOWN")) for array in arrays for task in array.tasks}


def expanded(name: str) -> list[str]:
    """The tasks behind a SLURM id, such as ``7``, ``7_1``, or ``7_[0-2,5%2]`` for tasks that never started."""
    array, bracket, indices = name.partition("_[")
    if not bracket:
        return [name]
    ranges = [part.split("-") for part in indices.partition("]")[0].partition("%")[0].split(",")]
    return [
        f"{array}_{i}" for ends in ranges if all(e.isdecimal() for e in ends) for i in range(int(ends[0]), int(ends[-1]) + 1)
    ]


def end_of_log(log: str) -> str:
    """The line of a task's log that says what the user must fix, or else the last line that says why the task ended."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    said = [line for line in lines if not ONLY_ENDS.match(line)] or lines
    return next((line for line in reversed(said) if line.startswith(ERROR_LINE)), said[-1] if said else "(nothing)")
