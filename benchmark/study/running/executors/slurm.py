"""The executor that submits workers to a SLURM cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmark.plugins import UserError
from benchmark.plurals import how_many
from benchmark.study.planning.plan import Plan
from benchmark.study.populations import Population, usual_population
from benchmark.study.running.contexts import StudyContext
from benchmark.study.running.sharing import MAX_DEATHS
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.jobs import Jobs
from benchmark.study.running.slurm.submission import require_slurm
from benchmark.study.running.worker import pending_populations, run_name
from benchmark.study.storage.processes import this_process
from benchmark.study.trial import Trial

POLL_SECONDS = 10.0  # between two looks at the queue
FRUITLESS = MAX_DEATHS + 1
"""After so many submissions in a row without a result the run ends, since another one would not help.

If a worker of each earlier submission died at the same population, the last one has recorded its failure."""


class Slurm:
    """Tasks on a cluster's nodes.

    Raises:
        UserError: SLURM's commands are missing.
    """

    def __init__(self, cluster: Cluster, *, waits: bool) -> None:
        require_slurm()
        self.cluster, self.waits = cluster, waits

    def check(self, trials: Sequence[Trial], context: StudyContext) -> None:
        """Also fetches data and weights, since compute nodes may have no network. This node needs no GPU or compiler."""
        device = context.resources.device
        if device != "auto" and device != self.cluster.device:
            raise UserError(
                f"Device {device}, but the tasks ask SLURM for a {self.cluster.device}.\n"
                "The profile's gpus or gres decide: leave the device at auto."
            )
        if (threads := context.resources.threads) > self.cluster.cpus:
            raise UserError(f"--threads {threads} is more than a task's CPU cores: --cpus is {self.cluster.cpus}.")
        require_plain(context.store.root)
        here = replace(context.resources, device="cpu", compiled=False)
        StudyContext(resolved=context.resolved, resources=here, report=context.report).check(trials)

    def run(self, plan: Plan, context: StudyContext) -> bool:
        """Submits the missing workers; returns False if it does not wait for them, or if tasks are cancelled."""
        jobs, store, report = Jobs(plan.study, context.store), context.store, context.report
        resources = replace(context.resources, population=self.population_size(context))
        before, fruitless = 0, 0
        while pending := len(store.pending(plan.trials)):
            fruitless = fruitless + 1 if pending == before else 0
            if fruitless >= FRUITLESS:
                raise UserError(f"{fruitless} submissions in a row gave no result; the logs are in {jobs.home}.")
            before = pending
            if close_leases(jobs, plan, report):
                continue
            for line in jobs.disagreements(plan.trials, jobs.states()):
                report(line)
            populations = self.populations(plan, context)
            if count := jobs.submit(plan, populations, resources, self.cluster, run_name(this_process())):
                of = how_many(len(populations), "population")
                report(f"{how_many(count, 'worker')} submitted for {of}, as {jobs.name}.")
            elif not self.waits:
                report("Nothing to submit: enough workers for all pending trials are queued or running.")
            if not self.waits:
                return False
            at_work = jobs.at_work()
            await_tasks(jobs, plan, report)
            states = jobs.states()
            if any(states[task] == "CANCELLED" for task in at_work):
                report("Tasks were cancelled; the same command submits them again.")
                return False
        return True

    def script(self, plan: Plan, context: StudyContext) -> str:
        """The sbatch script with which ``run`` would submit.

        Raises:
            UserError: SLURM would misread the results folder's name.
        """
        require_plain(context.store.root)
        jobs, populations = Jobs(plan.study, context.store), self.populations(plan, context)
        count, text = jobs.script(populations, self.cluster)
        of = how_many(len(populations), "population")
        context.report(f"{how_many(count, 'worker')} would be submitted for {of}, as {jobs.name}.")
        return text

    def populations(self, plan: Plan, context: StudyContext) -> list[Population]:
        """The populations that workers would train."""
        return pending_populations(plan.trials, self.population_size(context), context.store)

    def population_size(self, context: StudyContext) -> int:
        """How many trials train together on every node; this machine's device does not matter."""
        return context.resources.population or usual_population(self.cluster.device)


def require_plain(results: Path) -> None:
    """Checks that SLURM does not misread the folder's name.

    Raises:
        UserError: the name has a %.
    """
    if "%" in str(results.absolute()):
        raise UserError(
            f"SLURM would replace the % in {results.absolute()} by a job's number.\nName a results folder without %."
        )


def close_leases(jobs: Jobs, plan: Plan, report: Callable[[str], None]) -> int:
    """See ``Jobs.close_leases``; reports how many trials failed."""
    if count := jobs.close_leases(plan.trials):
        report(f"{how_many(count, 'trial')} failed: out of memory.")
    return count


def await_tasks(jobs: Jobs, plan: Plan, report: Callable[[str], None]) -> None:
    """Waits until no task is pending or running; also while SLURM does not answer.

    The leases of a task that ends meanwhile are closed at once, so that other tasks can continue its work.
    """
    silent = False
    while True:
        try:
            close_leases(jobs, plan, report)
            if not jobs.at_work():
                return
            silent = False
        except UserError as error:
            if not silent:
                report(f"{error}\nThe tasks may still be running: waiting until SLURM answers.")
            silent = True
        time.sleep(POLL_SECONDS)
