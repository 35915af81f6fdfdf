"""A task of an array: the worker that runs on a compute node."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from benchmark.plugins import UserError
from benchmark.study.planning.plan_cache import read_plan
from benchmark.study.planning.resolution import resolve
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.running.signals import Stopped
from benchmark.study.running.slurm.submission import SIGNAL
from benchmark.study.running.submitit_library import DelayedSubmission, JobEnvironment
from benchmark.study.running.worker import pending_populations, work
from benchmark.study.study import Study
from benchmark.training.memory import keep_memory

ERROR_LINE = "Error: "  # begins the line of a log that says what the user must fix
PLAN, PLAN_KEY = "plan.json", "submitted"
"""The file in a submission's folder that keeps its plan, and the plan's key."""


class Task:
    """A worker of an array. It trains populations of the plan for as long as one is left to lease.

    It works in a thread, so that the main thread is free to receive submitit's signal and to have checkpoints written.
    """

    def __init__(self, study: Study, resources: Resources, plan: Path, run: str) -> None:
        """``plan`` is the plan's file, ``run`` the name of the worker's run."""
        self.study, self.resources, self.plan, self.run = study, resources, plan, run

    def __call__(self) -> None:
        """Returns when nothing is left; exits with 2, after a line in the log, for a ``UserError``."""
        self.stop, self.outcome = threading.Event(), list[BaseException | None]()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [getattr(signal, SIGNAL)])
        while self.thread.is_alive():
            self.thread.join(0.2)  # in short waits, between which signals are handled
        (error,) = self.outcome
        if isinstance(error, UserError):
            print(f"{ERROR_LINE}{' '.join(str(error).split())}", file=sys.stderr, flush=True)
            sys.exit(2)
        if error is not None:
            raise error

    def work(self) -> None:
        """Trains, and leaves the error that ended it in ``outcome``; None if there was none."""
        keep_memory()
        try:
            if (plan := read_plan(self.plan, PLAN_KEY, self.study)) is None:
                raise UserError(f"The plan of this submission, {self.plan}, is missing or damaged; submit again.")
            context, job = StudyContext(resolved=resolve(self.study), resources=self.resources), JobEnvironment().job_id
            populations = pending_populations(plan.trials, context.population, context.store)
            work(populations, context, self.stop.is_set, wait_for_others=False, run=self.run, job=job)
            self.outcome.append(None)
        except BaseException as error:
            self.outcome.append(None if isinstance(error, Stopped) else error)

    def checkpoint(self) -> DelayedSubmission:
        """Called by submitit before a time limit or a preemption: saves the state, and asks to be requeued."""
        self.stop.set()
        self.thread.join()
        return DelayedSubmission(Task(self.study, self.resources, self.plan, self.run))
