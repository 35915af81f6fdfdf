"""A task of an array: what runs on a compute node."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence

from benchmark.plugins import UserError
from benchmark.study.planning.resolution import resolve
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.running.signals import Stopped
from benchmark.study.running.slurm.submission import SIGNAL
from benchmark.study.running.submitit_library import DelayedSubmission, JobEnvironment
from benchmark.study.running.worker import work
from benchmark.study.study import Study
from benchmark.training.memory import keep_memory

ERROR_LINE = "Error: "  # begins the line of a log that says what the user must put right


class Task:
    """What one task of an array does: trains its populations one after the other.

    It works in a thread, so that submitit's signal, which comes to the main one, finds somebody to write the checkpoints.
    """

    def __init__(self, study: Study, resources: Resources, populations: Sequence[Population]) -> None:
        self.study, self.resources, self.populations = study, resources, list(populations)

    def __call__(self) -> None:
        """Returns when the populations have their results; exits with 2, after a line in the log, for a ``UserError``."""
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
        """Trains, and leaves what ended it."""
        keep_memory()
        try:
            context, job = StudyContext(resolved=resolve(self.study), resources=self.resources), JobEnvironment().job_id
            work(self.populations, context, self.stop.is_set, run=job, job=job)
            self.outcome.append(None)
        except BaseException as error:
            self.outcome.append(None if isinstance(error, Stopped) else error)

    def checkpoint(self) -> DelayedSubmission:
        """Called by submitit before a time limit or a preemption: saves the state, and asks to be requeued."""
        self.stop.set()
        self.thread.join()
        return DelayedSubmission(Task(self.study, self.resources, self.populations))
