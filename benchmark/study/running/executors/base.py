"""What the executors have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchmark.study.planning.plan import Plan
from benchmark.study.running.contexts import StudyContext
from benchmark.study.trial import Trial


class Executor(Protocol):
    """Runs the trials of a plan; any number of runs may share them.

    Attributes:
        waits: whether ``run`` returns only when the trials have ended; otherwise they continue elsewhere.
    """

    @property
    def waits(self) -> bool: ...

    def check(self, trials: Sequence[Trial], context: StudyContext) -> None:
        """Checks, before any work, that the trials can run.

        Raises:
            UserError: something is missing.
        """

    def run(self, plan: Plan, context: StudyContext) -> bool:
        """Runs the plan's trials that have no result; returns whether all have one now.

        Raises:
            Stopped: the run was interrupted; checkpoints are written.
            UserError: something stops all trials, such as a full disk; what is computed is kept.
        """
