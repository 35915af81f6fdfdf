"""Studies on a SLURM cluster."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.app import ResultsOption, app, console, user_errors
from benchmark.cli.plans import planned_trials

if TYPE_CHECKING:
    from benchmark.study.groups import Group
    from benchmark.study.kept import KeptPlan
    from benchmark.study.plan import Plan
    from benchmark.study.workshop import Resources

POLL = 10.0  # seconds between two looks at the queue while waiting


def slurm(text: str) -> Any:
    """An option that only the SLURM executor uses."""
    return typer.Option(help=text, rich_help_panel="With --executor slurm")


ClusterOption = Annotated[
    str | None, slurm("A profile: clusters/NAME.toml, one in the user's configuration folder, or a path.toml.")
]


def sbatch_options(said: list[str] | None) -> dict[str, str | bool] | None:
    """The options given as ``name=value``, or as a name alone."""
    if not said:
        return None
    pairs = [option.removeprefix("--").partition("=") for option in said]
    return {name: value if equals else True for name, equals, value in pairs}


def say(line: str) -> None:
    """Prints a line as it is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def say_some(lines: list[str], most: int = 20) -> None:
    """Prints the first lines, and how many more there are."""
    for line in lines[:most]:
        say(line)
    if len(lines) > most:
        say(f"... and {len(lines) - most} more tasks like these")


def run_on_slurm(
    plan: Plan, called: str, resources: Resources, cluster: str | None, said: dict[str, Any], *, dry_run: bool, wait: bool,
    retry_failed: bool,
) -> bool:  # fmt: skip
    """Submits what is missing of the plan; returns whether the study has ended.

    Data and weights are fetched here first: compute nodes may have no network.

    Args:
        called: the study as the user named it.
    """
    from benchmark.plugins import UserError
    from benchmark.study.cluster import find_cluster
    from benchmark.study.cost import group_seconds
    from benchmark.study.execute import missing
    from benchmark.study.groups import grouped
    from benchmark.study.slurm import DEATHS, Slurm, make_script
    from benchmark.study.speed import read_speeds
    from benchmark.study.store import Store
    from benchmark.study.submission import require_slurm
    from benchmark.study.workshop import CPU_POPULATION, GPU_POPULATION, Workshop

    profile = find_cluster(cluster, **said)
    store, speeds = Store(resources.results), read_speeds(resources.results)
    size = resources.population or (GPU_POPULATION if profile.device == "cuda" else CPU_POPULATION)
    groups = grouped(plan.trials, size)
    jobs = Slurm(plan.study, store)

    def seconds(group: Group) -> float | None:
        return group_seconds(group, plan.datasets[group.trials[0].dataset], speeds, profile.device, size)

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    require_slurm()
    if dry_run:
        print(make_script(profile, jobs, groups, seconds, report))
        return False
    # Data and weights are fetched here, where neither a GPU nor a compiler need be.
    here = Workshop(plan.study, replace(resources, device="cpu", compiled=False), say)
    if retry_failed and (count := store.forget_failures(plan.trials)):
        say(f"{count} failed trials are run again.")
    before, fruitless = 0, 0
    while left := set(missing(plan.trials, store)):
        here.check([t for t in plan.trials if t.id in left])
        fruitless = fruitless + 1 if len(left) == before else 0
        if fruitless > DEATHS:
            raise UserError(f"{fruitless} submissions in a row brought no result; the logs are in {jobs.home}.")
        before = len(left)
        if settled := jobs.settle(plan.trials):
            say(f"{settled} trials failed: their tasks ran out of memory.")
            continue
        say_some(jobs.disagreements(plan.trials))
        count, tasks = jobs.submit(groups, resources, profile, seconds, report)
        if count:
            say(f"{count} populations submitted in {tasks} tasks, as {jobs.name}.")
        elif not wait:
            say("Nothing to submit: what is open is pending or running already.")
        if not wait:
            say(f"See how it stands: ganbench status {called}")
            return False
        at_work = jobs.at_work()
        while jobs.at_work():
            time.sleep(POLL)
        states = jobs.states()
        if any(states[task] == "CANCELLED" for task in at_work):
            say("Tasks were cancelled; the same command submits them again.")
            return False
    return True


def show_slurm(plan: Plan | KeptPlan, results: Path) -> None:
    """Prints what SLURM says of the study's tasks, and where that disagrees with the files."""
    from collections import Counter

    from benchmark.plugins import UserError
    from benchmark.study.slurm import Slurm
    from benchmark.study.store import Store
    from benchmark.study.submission import require_slurm

    try:
        require_slurm()
    except UserError as error:  # the files say enough
        say(str(error).splitlines()[0])
        return
    jobs = Slurm(plan.study, Store(results))
    states = Counter(jobs.states().values())
    say("SLURM: " + (", ".join(f"{n} tasks {s}" for s, n in states.items()) or "no tasks"))
    say_some(jobs.disagreements(plan.trials))


@app.command()
@user_errors
def cancel(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A study by name, or a study file.toml.")],
    results: ResultsOption = Path("results"),
) -> None:
    """Cancel a study's pending and running SLURM tasks, and nobody else's. What they trained is kept."""
    from benchmark.study.slurm import Slurm
    from benchmark.study.store import Store

    plan = planned_trials(study, results, True)
    say(f"{Slurm(plan.study, Store(results)).cancel()} tasks cancelled.")
