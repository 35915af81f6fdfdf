"""The jobs of a study on a SLURM cluster: arrays of identical workers, which share its populations through their leases."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from benchmark.files import write_atomically
from benchmark.plugins import UserError, one_line
from benchmark.plurals import how_many
from benchmark.study.planning.plan import Plan
from benchmark.study.planning.plan_cache import write_plan
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Resources
from benchmark.study.running.slurm.arrays import AT_WORK, IN_ORDER, STARTED, Submitted, end_of_log, read_arrays, read_states
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.submission import command, largest_array, make_executor, outside_allocation, require_slurm
from benchmark.study.running.slurm.task import PLAN, PLAN_KEY, Task
from benchmark.study.running.submitit_library import FailedJobError, FailedSubmissionError
from benchmark.study.running.worker import record_deaths
from benchmark.study.storage.leases import acquire, read_leases, release
from benchmark.study.storage.store import HasFiles, Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial


class Jobs:
    """The workers of one study on the cluster."""

    def __init__(self, study: Study, store: Store) -> None:
        self.study, self.store = study, store
        self.home = store.root / "slurm" / study.name
        self.name = "ganbench-" + re.sub(r"[^\w.-]", "-", study.name)

    def submitted(self) -> list[Submitted]:
        """The arrays submitted so far, in order of submission."""
        return read_arrays(self.home)

    def submit(self, plan: Plan, populations: Sequence[Population], resources: Resources, cluster: Cluster, run: str) -> int:
        """Submits the workers that are missing; returns how many.

        Args:
            populations: those of the plan that hold a trial without a result.
            resources: what a worker runs with, including the size of its populations.
            run: the name of the workers' run, whose deaths are counted together; if others are at work, theirs is used.

        Raises:
            UserError: another process is submitting, or SLURM refuses.
        """
        lease = acquire(self.store.running, f"submission-{self.study.name}")
        if lease is None:
            raise UserError(
                f"Another process is submitting {self.study.name} at this moment; ganbench status shows the outcome."
            )
        with lease:
            states = self.states()
            if count := self.lacking(populations, cluster, states):
                joined = next((a.run for a in self.submitted() if any(states[task] in AT_WORK for task in a.tasks)), run)
                self.submit_array(count, plan, resources, cluster, joined, [t for t, s in states.items() if s not in AT_WORK])
            lease.finish()
        return count

    def lacking(self, populations: Sequence[Population], cluster: Cluster, states: Mapping[str, str]) -> int:
        """How many workers a submission adds: one for each population, up to the profile's limit, less those at work.

        Workers of an earlier version of the study do not know its new trials; populations with such trials get workers anyway.
        """
        at_work = {task for task, state in states.items() if state in AT_WORK}
        known = {name for array in self.submitted() if at_work.intersection(array.tasks) for name in array.trials}
        unknown = sum(any(trial.id not in known for trial in population.trials) for population in populations)
        room = min(len(populations), cluster.parallel) - len(at_work)
        return min(max(room, min(unknown, cluster.parallel), 0), largest_array())

    def script(self, populations: Sequence[Population], cluster: Cluster) -> tuple[int, str]:
        """How many workers a submission would add, and its sbatch script."""
        count = self.lacking(populations, cluster, self.states())
        with tempfile.TemporaryDirectory() as folder:  # submitit makes it
            executor = make_executor(Path(folder), cluster, self.name, count)
            if count > 1:
                executor.parameters["map_count"] = count
            text = executor._make_submission_file_text(executor._submitit_command_str, "dry-run")
        place = str(self.home / "SUBMISSION")  # may have spaces, unlike the temporary folder's name
        return count, re.sub(rf"{re.escape(folder)}\S*", lambda path: shlex.quote(path[0].replace(folder, place)), text)

    def submit_array(
        self, count: int, plan: Plan, resources: Resources, cluster: Cluster, run: str, replaces: list[str]
    ) -> None:
        """Submits ``count`` workers, and keeps a record of the submission."""
        folder = self.home / f"{time.time_ns()}-{os.getpid()}"
        executor = make_executor(folder, cluster, self.name, count)
        write_plan(folder / PLAN, PLAN_KEY, plan, [])
        resources = replace(
            resources,
            device=cluster.device,
            results=Path(executor.there(resources.results)),
            data=Path(executor.there(resources.data)),
        )
        worker = Task(self.study, resources, Path(executor.there(folder / PLAN)), run)
        try:
            with outside_allocation(), executor.batch():
                jobs = [executor.submit(worker) for _ in range(count)]
            first = jobs[0].job_id
        except (FailedJobError, FailedSubmissionError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise UserError(f"SLURM refuses the submission: {one_line(error)}") from error
        submitted = Submitted(first.partition("_")[0], count, run, replaces, str(folder))
        write_atomically(self.home / f"{submitted.job}.json", json.dumps(asdict(submitted)).encode())

    def states(self) -> dict[str, str]:
        """SLURM's state of every task of the study, by task id; ``UNKNOWN`` for those that SLURM has forgotten."""
        return read_states(self.submitted(), self.name)

    def without_process(self, states: Mapping[str, str]) -> set[str]:
        """The tasks that wait or have ended."""
        return {task for task, state in states.items() if state not in STARTED}

    def at_work(self) -> list[str]:
        """The pending and running tasks."""
        return [task for task, state in self.states().items() if state in AT_WORK]

    def leftovers(self, states: Mapping[str, str]) -> list[Path]:
        """Files of ended arrays: their logs, and the records of their submissions."""
        over = {task for task, state in states.items() if state not in AT_WORK}
        ended = [array for array in self.submitted() if over.issuperset(array.tasks)]
        return [path for array in ended for path in (Path(array.folder), self.home / f"{array.job}.json")]

    def cancel(self) -> int:
        """Cancels the study's pending and running tasks, and no others; returns how many."""
        require_slurm()
        tasks = self.at_work()
        if tasks:
            command(["scancel", *tasks])
        return len(tasks)

    def close_leases(self, trials: Sequence[Trial]) -> int:
        """Ends the leases of tasks that have no process; returns how many trials are thereby recorded as failed.

        If a task ran out of memory, its trials are recorded as failed, because they would end the same way again. If a task
        was killed otherwise, requeued, or lost with its node, its trials are free for any worker at once.
        """
        leases = [lease for lease in read_leases(self.store.running) if lease.content.pid is not None]
        # States are read after the leases: a task that has no process now has not made a lease since.
        states, by_id, recorded = self.states(), {t.id: t for t in trials}, 0
        arrays = {task: array for array in self.submitted() for task in array.tasks}
        for lease in leases:
            task = lease.content.job
            if task is None or states.get(task, "RUNNING") in STARTED:
                continue
            if not self.out_of_memory(arrays[task], task, states[task]):
                release(self.store.running, lease)
            elif (own := acquire(self.store.running, lease.name, job=task)) is not None:
                with own:
                    lost = self.store.pending([by_id[name] for name in lease.content.trials if name in by_id])
                    record_deaths(lost, lease.content, self.store, f"SLURM task {task} ran out of memory")
                    recorded += len(lost)
                    own.finish()
        return recorded

    def out_of_memory(self, array: Submitted, task: str, state: str) -> bool:
        """Whether the task ran out of memory, by SLURM's state, or on a cluster without cgroups, by its log."""
        if state != "FAILED":
            return state == "OUT_OF_MEMORY"
        return re.search(r"exceeded (job |step )?memory limit|oom[-_ ]kill", array.log(task), re.IGNORECASE) is not None

    def disagreements(self, trials: Sequence[HasFiles], states: Mapping[str, str], most: int = 20) -> list[str]:
        """SLURM's state and the log's end of each task that ended before its work did and was not replaced: a line per task.

        If there are more than ``most`` tasks, the last line says how many more.
        """
        pending = {trial.id for trial in trials} - self.store.statuses(trials).keys()
        if not pending:
            return []
        held: Counter[str] = Counter()
        for lease in read_leases(self.store.running):
            held[lease.content.job or ""] += len(pending.intersection(lease.content.trials))
        arrays = {task: array for array in self.submitted() for task in array.tasks}
        replaced = {task for array in arrays.values() for task in array.replaces}
        lines = []
        for task, state in states.items():
            if task not in replaced and state not in AT_WORK and (held[task] or state not in IN_ORDER):
                without = f", which left {how_many(held[task], 'trial')} without a result" if held[task] else ""
                lines.append(f"Task {task}: SLURM says {state}{without}. Its log ends: {end_of_log(arrays[task].log(task))}")
        more = len(lines) - most
        return lines if more <= 0 else [*lines[:most], f"... and {how_many(more, 'more task')} like these"]
