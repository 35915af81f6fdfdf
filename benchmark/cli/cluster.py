"""Studies on a SLURM cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.app import ResultsOption, app, say, user_errors
from benchmark.plugins import UserError
from benchmark.plurals import how_many

if TYPE_CHECKING:  # which load torch
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.storage.status import PlannedTrial
    from benchmark.study.study import Study


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


def slurm_jobs(study: Study, results: Path) -> tuple[Jobs | None, dict[str, str]]:
    """The study's SLURM tasks and their states; none where it was never submitted, or SLURM has no answer, which is said."""
    if not (results / "slurm" / study.name).exists():
        return None, {}
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.running.slurm.submission import require_slurm
    from benchmark.study.storage.store import Store

    try:
        require_slurm()
        jobs = Jobs(study, Store(results))
        return jobs, jobs.states()
    except UserError as error:  # the files say enough
        say(str(error).splitlines()[0])
        return None, {}


def show_slurm(jobs: Jobs, states: dict[str, str], planned: Sequence[PlannedTrial]) -> None:
    """Prints what SLURM says of the study's tasks, and where that disagrees with the files."""
    counts = Counter(states.values())
    say("SLURM: " + (", ".join(f"{how_many(n, 'task')} {s}" for s, n in counts.items()) or "no tasks"))
    for line in jobs.disagreements(planned, states):
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
    say(f"{how_many(Jobs(plan.study, Store(results)).cancel(), 'task')} cancelled.")
