"""What the executors have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchmark.study.populations import Population, in_populations
from benchmark.study.running.contexts import Workshop
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial


class Executor(Protocol):
    """Runs trials, beside any number of other runs of the same ones.

    Attributes:
        stays: whether ``run`` lasts until the trials have ended; otherwise they go on elsewhere after it.
    """

    @property
    def stays(self) -> bool: ...

    def check(self, trials: Sequence[Trial], workshop: Workshop) -> None:
        """Makes sure, before any work, that the trials can run.

        Raises:
            UserError: what is missing.
        """

    def run(self, trials: Sequence[Trial], workshop: Workshop) -> bool:
        """Runs those of the trials that have no result; returns whether all have one now.

        Raises:
            Stopped: an interrupt came; checkpoints are written.
            UserError: the environment stops all trials alike; what is computed is kept.
        """


def pending_populations(trials: Sequence[Trial], size: int, store: Store) -> list[Population]:
    """The populations that hold a trial without a result; all trials together determine who shares one."""
    left = {t.id for t in store.missing(trials)}
    return [g for g in in_populations(trials, size) if any(t.id in left for t in g.trials)]
