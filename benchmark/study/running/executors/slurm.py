"""The executor that submits trials to a SLURM cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmark.plugins import UserError
from benchmark.study.planning.cost import population_seconds, read_speeds
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Workshop, usual_population
from benchmark.study.running.executors.base import pending_populations
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.jobs import Jobs
from benchmark.study.running.slurm.submission import Seconds, require_slurm
from benchmark.study.running.slurm.task import DEATHS
from benchmark.study.trial import Trial

POLL = 10.0  # seconds between two looks at the queue


class Slurm:
    """Tasks on a cluster's nodes.

    Raises:
        UserError: SLURM's commands are not here.
    """

    def __init__(self, cluster: Cluster, *, stays: bool) -> None:
        require_slurm()
        self.cluster, self.stays = cluster, stays

    def check(self, trials: Sequence[Trial], workshop: Workshop) -> None:
        """Also fetches data and weights: compute nodes may have no network, and this one neither GPU nor compiler."""
        asked = workshop.resources.device
        if asked != "auto" and asked != self.cluster.device:
            raise UserError(
                f"Device {asked}, but the tasks ask SLURM for a {self.cluster.device}.\n"
                "The profile's gpus or gres decide: leave the device at auto."
            )
        if (threads := workshop.resources.threads) > self.cluster.cpus:
            raise UserError(f"--threads {threads} are more than the cores of a task: --cpus is {self.cluster.cpus}.")
        here = replace(workshop.resources, device="cpu", compiled=False)
        Workshop(workshop.study, here, workshop.report).check(trials)

    def run(self, trials: Sequence[Trial], workshop: Workshop) -> bool:
        """Submits what is in no pending or running task; returns False if it does not stay, or somebody cancels."""
        jobs, store, report = Jobs(workshop.study, workshop.store), workshop.store, workshop.report
        before, fruitless = 0, 0
        while left := len(store.missing(trials)):
            fruitless = fruitless + 1 if left == before else 0
            if fruitless > DEATHS:
                raise UserError(f"{fruitless} submissions in a row brought no result; the logs are in {jobs.home}.")
            before = left
            if settled := jobs.settle(trials):
                report(f"{settled} trials failed: their tasks ran out of memory.")
                continue
            for line in jobs.disagreements(trials):
                report(line)
            populations, seconds = self.groups(trials, workshop), self.seconds(workshop)
            count, tasks = jobs.submit(populations, workshop.resources, self.cluster, seconds, report)
            if count:
                report(f"{count} populations submitted in {tasks} tasks, as {jobs.name}.")
            elif not self.stays:
                report("Nothing to submit: what is open is pending or running already.")
            if not self.stays:
                return False
            at_work = jobs.at_work()
            await_tasks(jobs, report)
            states = jobs.states()
            if any(states[task] == "CANCELLED" for task in at_work):
                report("Tasks were cancelled; the same command submits them again.")
                return False
        return True

    def script(self, trials: Sequence[Trial], workshop: Workshop) -> str:
        """The sbatch script with which ``run`` would submit."""
        return Jobs(workshop.study, workshop.store).script(
            self.groups(trials, workshop), self.cluster, self.seconds(workshop), workshop.report
        )

    def groups(self, trials: Sequence[Trial], workshop: Workshop) -> list[Population]:
        """The populations to submit."""
        return pending_populations(trials, self.population(workshop), workshop.store)

    def population(self, workshop: Workshop) -> int:
        """How many trials train together on a node, whatever this machine has."""
        return workshop.resources.population or usual_population(self.cluster.device)

    def seconds(self, workshop: Workshop) -> Seconds:
        """How long a task's worker takes for a population, as measured."""
        speeds, size = read_speeds(workshop.resources.results), self.population(workshop)

        def measured(population: Population) -> float | None:
            return population_seconds(
                population, type(workshop.datasets[population.trials[0].dataset]), speeds, self.cluster.device, size
            )

        return measured


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
        time.sleep(POLL)
