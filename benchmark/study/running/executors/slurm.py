"""The executor that submits trials to a SLURM cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmark.plugins import UserError
from benchmark.study.planning.cost import population_seconds, read_speeds
from benchmark.study.planning.plan import Plan
from benchmark.study.populations import Population, usual_population
from benchmark.study.running.contexts import StudyContext
from benchmark.study.running.executors.base import pending_populations
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.jobs import Jobs
from benchmark.study.running.slurm.submission import MeasuredSeconds, require_slurm
from benchmark.study.trial import Trial

POLL_SECONDS = 10.0  # between two looks at the queue
FRUITLESS = 3
"""Submissions in a row that brought no result, after which another one would bring none either."""


class Slurm:
    """Tasks on a cluster's nodes.

    Raises:
        UserError: SLURM's commands are not here.
    """

    def __init__(self, cluster: Cluster, *, waits: bool) -> None:
        require_slurm()
        self.cluster, self.waits = cluster, waits

    def check(self, trials: Sequence[Trial], context: StudyContext) -> None:
        """Also fetches data and weights: compute nodes may have no network, and this one neither GPU nor compiler."""
        device = context.resources.device
        if device != "auto" and device != self.cluster.device:
            raise UserError(
                f"Device {device}, but the tasks ask SLURM for a {self.cluster.device}.\n"
                "The profile's gpus or gres decide: leave the device at auto."
            )
        if (threads := context.resources.threads) > self.cluster.cpus:
            raise UserError(f"--threads {threads} are more than the cores of a task: --cpus is {self.cluster.cpus}.")
        require_plain(context.store.root)
        here = replace(context.resources, device="cpu", compiled=False)
        StudyContext(resolved=context.resolved, resources=here, report=context.report).check(trials)

    def run(self, plan: Plan, context: StudyContext) -> bool:
        """Submits what is in no pending or running task; returns False if it does not wait, or somebody cancels."""
        jobs, store, report = Jobs(plan.study, context.store), context.store, context.report
        before, fruitless = 0, 0
        while pending := len(store.pending(plan.trials)):
            fruitless = fruitless + 1 if pending == before else 0
            if fruitless >= FRUITLESS:
                raise UserError(f"{fruitless} submissions in a row brought no result; the logs are in {jobs.home}.")
            before = pending
            if count := jobs.record_out_of_memory(plan.trials):
                report(f"{count} trials failed: their tasks ran out of memory.")
                continue
            for line in jobs.disagreements(plan.trials):
                report(line)
            populations, seconds = self.populations(plan, context), self.measured_seconds(context)
            count, tasks = jobs.submit(populations, context.resources, self.cluster, seconds, report)
            if count:
                report(f"{count} populations submitted in {tasks} tasks, as {jobs.name}.")
            elif not self.waits:
                report("Nothing to submit: what has no result is in SLURM's queue or running already.")
            if not self.waits:
                return False
            at_work = jobs.at_work()
            await_tasks(jobs, report)
            states = jobs.states()
            if any(states[task] == "CANCELLED" for task in at_work):
                report("Tasks were cancelled; the same command submits them again.")
                return False
        return True

    def script(self, plan: Plan, context: StudyContext) -> str:
        """The sbatch script with which ``run`` would submit.

        Raises:
            UserError: as ``check``, of the results folder.
        """
        require_plain(context.store.root)
        return Jobs(plan.study, context.store).script(
            self.populations(plan, context), self.cluster, self.measured_seconds(context), context.report
        )

    def populations(self, plan: Plan, context: StudyContext) -> list[Population]:
        """What to submit."""
        return pending_populations(plan, self.population_size(context), context.store)

    def population_size(self, context: StudyContext) -> int:
        """How many trials train together on a node, whatever this machine has."""
        return context.resources.population or usual_population(self.cluster.device)

    def measured_seconds(self, context: StudyContext) -> MeasuredSeconds:
        """How long a task's worker takes for a population, as measured."""
        speeds, size = read_speeds(context.resources.results), self.population_size(context)

        def measured(population: Population) -> float | None:
            image_shape = context.resolved.datasets[population.trials[0].dataset].image_shape
            return population_seconds(population, image_shape, speeds, self.cluster.device, size)

        return measured


def require_plain(results: Path) -> None:
    """Checks that SLURM takes the folder's name as it is.

    Raises:
        UserError: it has a %.
    """
    if "%" in str(results.absolute()):
        raise UserError(
            f"SLURM takes the % in {results.absolute()} for the beginning of a job's number.\nName a results folder without it."
        )


def await_tasks(jobs: Jobs, report: Callable[[str], None]) -> None:
    """Waits until no task is pending or running; also while SLURM does not answer."""
    silent = False
    while True:
        try:
            if not jobs.at_work():
                return
            silent = False
        except UserError as error:
            if not silent:
                report(f"{error}\nThe tasks may go on without it: waiting until it answers.")
            silent = True
        time.sleep(POLL_SECONDS)
