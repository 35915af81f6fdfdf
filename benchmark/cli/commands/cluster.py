"""Studies on a SLURM cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from benchmark.cli.app import command, say
from benchmark.cli.options import RESULTS, ResultsOption, StudyArgument, option
from benchmark.plugins import UserError
from benchmark.plurals import how_many

if TYPE_CHECKING:  # which load torch
    from benchmark.study.running.slurm.cluster import Cluster
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.storage.status import PlannedTrial
    from benchmark.study.study import Study


def slurm(text: str, metavar: str | None = None, name: str = "") -> Any:
    """An option that only the SLURM executor uses; one without a metavar is a switch, of that name."""
    return option(text, metavar, name, panel="With --executor slurm")


@dataclass(frozen=True)
class SlurmOptions:
    """What a run on a cluster asks for; ``benchmark.study.running.slurm.cluster`` says what each means."""

    cluster: Annotated[
        str | None, slurm("A profile: clusters/NAME.toml, one in the user's configuration folder, or a path.toml.", "NAME")
    ] = None
    partition: Annotated[str | None, slurm("The partition.", "NAME")] = None
    account: Annotated[str | None, slurm("The account.", "NAME")] = None
    qos: Annotated[str | None, slurm("The quality of service.", "NAME")] = None
    constraint: Annotated[str | None, slurm("The node's features.", "TEXT")] = None
    gpus: Annotated[int | None, slurm("GPUs of a task: 0 or 1.", "N")] = None
    gres: Annotated[str | None, slurm("A gres in place of --gpus, such as gpu:a100:1.", "TEXT")] = None
    cpus: Annotated[int | None, slurm("CPU cores of a task.", "N")] = None
    memory: Annotated[float | None, slurm("Gigabytes of a task.", "GB")] = None
    minutes: Annotated[int | None, slurm("Time limit of a task; it is requeued and goes on where it was.", "N")] = None
    parallel: Annotated[int | None, slurm("Tasks at most that run or wait at the same time.", "N")] = None
    setup: Annotated[
        list[str] | None, slurm("A shell line before Python starts (module load ...); repeat for more.", "LINE")
    ] = None
    sbatch: Annotated[list[str] | None, slurm("A further sbatch option; repeat for more.", "NAME=VALUE")] = None
    dry_run: Annotated[bool, slurm("Print the sbatch script and submit nothing.", name="--dry-run")] = False
    wait: Annotated[bool, slurm("Stay until the study has ended, and submit again what was lost.", name="--wait")] = False

    def given(self) -> list[str]:
        """The names of those that were given, as they are typed."""
        return [f.name.replace("_", "-") for f in fields(self) if getattr(self, f.name) not in (f.default, [])]

    def profile(self) -> Cluster:
        """The profile of the cluster, with what is asked for in place of what it says.

        Raises:
            UserError: there is none of that name, or it says something that is not accepted.
        """
        from benchmark.study.running.slurm.cluster import find_cluster

        asked = {name: value for name, value in vars(self).items() if name not in ("cluster", "dry_run", "wait")}
        asked |= {"setup": tuple(self.setup) if self.setup else None, "sbatch": sbatch_options(self.sbatch)}
        return find_cluster(self.cluster, **asked)


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


@command("ganbench cancel wide")
def cancel(study: StudyArgument, results: ResultsOption = RESULTS) -> None:
    """Cancel a study's SLURM tasks, and no other job.

    Pending and running ones both; what they trained is kept.
    """
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.storage.store import Store

    plan = kept_plan(find_study(study, incomplete=True), results, say)
    say(f"{how_many(Jobs(plan.study, Store(results)).cancel(), 'task')} cancelled.")
