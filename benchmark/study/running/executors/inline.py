"""The executor that runs trials in this process."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.study.planning.plan import Plan
from benchmark.study.running.contexts import StudyContext
from benchmark.study.running.signals import stop_requests
from benchmark.study.running.worker import pending_populations, work
from benchmark.study.trial import Trial


class Inline:
    """This process."""

    waits = True

    def check(self, trials: Sequence[Trial], context: StudyContext) -> None:
        context.check(trials)

    def run(self, plan: Plan, context: StudyContext) -> bool:
        with stop_requests() as stop_requested:
            work(pending_populations(plan.trials, context.population, context.store), context, stop_requested)
        return True
