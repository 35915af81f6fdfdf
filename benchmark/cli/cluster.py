"""Studies on a SLURM cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.app import ResultsOption, app, say, user_errors

if TYPE_CHECKING:
    from benchmark.study.planning.plan import Plan
    from benchmark.study.planning.plan_cache import KeptPlan


def slurm(text: str) -> Any:
    """An option that only the SLURM executor uses."""
    return typer.Option(help=text, rich_help_panel="With --executor slurm")


ClusterOption = Annotated[
    str | None, slurm("A profile: clusters/NAME.toml, one in the user's configuration folder, or a path.toml.")
]


def sbatch_options(given: list[str] | None) -> dict[str, str | bool] | None:
    """The options given as ``name=value``, or as a name alone."""
    if not given:
        return None
    pairs = [option.removeprefix("--").partition("=") for option in given]
    return {name: value if equals else True for name, equals, value in pairs}


def show_slurm(plan: Plan | KeptPlan, results: Path) -> None:
    """Prints what SLURM says of the study's tasks, and where that disagrees with the files."""
    from collections import Counter

    from benchmark.plugins import UserError
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.running.slurm.submission import require_slurm
    from benchmark.study.storage.store import Store

    try:
        require_slurm()
    except UserError as error:  # the files say enough
        say(str(error).splitlines()[0])
        return
    jobs = Jobs(plan.study, Store(results))
    states = Counter(jobs.states().values())
    say("SLURM: " + (", ".join(f"{n} tasks {s}" for s, n in states.items()) or "no tasks"))
    for line in jobs.disagreements(plan.trials):
        say(line)


@app.command()
@user_errors
def cancel(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A study by name, or a study file.toml.")],
    results: ResultsOption = Path("results"),
) -> None:
    """Cancel a study's pending and running SLURM tasks, and nobody else's. What they trained is kept."""
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.storage.store import Store

    plan = kept_plan(find_study(study, incomplete=True), results, say)
    say(f"{Jobs(plan.study, Store(results)).cancel()} tasks cancelled.")
