"""The executor that runs trials in this process."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.study.executors.base import open_groups
from benchmark.study.trial import Trial
from benchmark.study.worker import stopping, work
from benchmark.study.workshop import Workshop


class Inline:
    """This process."""

    stays = True

    def check(self, trials: Sequence[Trial], workshop: Workshop) -> None:
        workshop.check(trials)

    def run(self, trials: Sequence[Trial], workshop: Workshop) -> bool:
        with stopping() as stop:
            work(open_groups(trials, workshop.population, workshop.store), workshop, stop)
        return True
