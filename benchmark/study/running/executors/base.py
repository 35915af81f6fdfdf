"""What the executors have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchmark.study.planning.plan import Plan
from benchmark.study.running.contexts import StudyContext
from benchmark.study.trial import Trial


class Executor(Protocol):
    """Runs the trials of a plan, beside any number of other runs of the same ones.

    Attributes:
        waits: whether ``run`` lasts until the trials have ended; otherwise they go on elsewhere after it.
    """

    @property
    def waits(self) -> bool: ...

    def check(self, trials: Sequence[Trial], context: StudyContext) -> None:
        """Makes sure, before any work, that the trials can run.

        Raises:
            UserError: what is missing.
        """

    def run(self, plan: Plan, context: StudyContext) -> bool:
        """Runs those of the plan's trials that have no result; returns whether all have one now.

        Raises:
            Stopped: an interrupt came; checkpoints are written.
            UserError: the environment stops all trials alike; what is computed is kept.
        """
