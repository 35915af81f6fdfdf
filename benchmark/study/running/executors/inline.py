"""The executor that runs trials in this process."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.study.running.contexts import Workshop
from benchmark.study.running.executors.base import pending_populations
from benchmark.study.running.worker import stopping, work
from benchmark.study.trial import Trial


class Inline:
    """This process."""

    stays = True

    def check(self, trials: Sequence[Trial], workshop: Workshop) -> None:
        workshop.check(trials)

    def run(self, trials: Sequence[Trial], workshop: Workshop) -> bool:
        with stopping() as stop:
            work(pending_populations(trials, workshop.population, workshop.store), workshop, stop)
        return True
