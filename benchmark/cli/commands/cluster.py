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
    """An option that only the SLURM executor uses; without a metavar it is a switch called ``name``."""
    return option(text, metavar, name, panel="With --executor slurm")


@dataclass(frozen=True)
class SlurmOptions:
    """What a run on a cluster asks for; ``benchmark.study.running.slurm.cluster`` explains each option."""

    cluster: Annotated[
        str | None, slurm("A profile: clusters/NAME.toml, one in the user's configuration folder, or a path.toml.", "NAME")
    ] = None
    partition: Annotated[str | None, slurm("The partition.", "NAME")] = None
    account: Annotated[str | None, slurm("The account.", "NAME")] = None
    qos: Annotated[str | None, slurm("The quality of service.", "NAME")] = None
    constraint: Annotated[str | None, slurm("Features that a node must have.", "TEXT")] = None
    gpus: Annotated[int | None, slurm("GPUs per task: 0 or 1.", "N")] = None
    gres: Annotated[str | None, slurm("A gres in place of --gpus, such as gpu:a100:1.", "TEXT")] = None
    cpus: Annotated[int | None, slurm("CPU cores per task.", "N")] = None
    memory: Annotated[float | None, slurm("Memory per task.", "GB")] = None
    minutes: Annotated[int | None, slurm("Time limit of a task; then it is requeued and continues.", "N")] = None
    parallel: Annotated[int | None, slurm("The most tasks that run or wait at the same time.", "N")] = None
    setup: Annotated[
        list[str] | None, slurm("A shell line before Python starts (module load ...); repeat for more.", "LINE")
    ] = None
    sbatch: Annotated[list[str] | None, slurm("A further sbatch option; repeat for more.", "NAME=VALUE")] = None
    dry_run: Annotated[bool, slurm("Print the sbatch script and submit nothing.", name="--dry-run")] = False
    wait: Annotated[bool, slurm("Wait until the study has ended, and resubmit lost tasks.", name="--wait")] = False

    def given(self) -> list[str]:
        """The names of the options that were given, as they are typed."""
        return [f.name.replace("_", "-") for f in fields(self) if getattr(self, f.name) not in (f.default, [])]

    def profile(self) -> Cluster:
        """The profile of the cluster, with the given options in place of its values.

        Raises:
            UserError: there is no profile of that name, or one of its values is not accepted.
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
    """The study's SLURM tasks and their states; none if it was never submitted, or if SLURM does not answer (printed)."""
    if not (results / "slurm" / study.name).exists():
        return None, {}
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.running.slurm.submission import require_slurm
    from benchmark.study.storage.store import Store

    try:
        require_slurm()
        jobs = Jobs(study, Store(results))
        return jobs, jobs.states()
    except UserError as error:  # the result files are enough
        say(str(error).splitlines()[0])
        return None, {}


def show_slurm(jobs: Jobs, states: dict[str, str], planned: Sequence[PlannedTrial]) -> None:
    """Prints what SLURM says about the study's tasks, and where that disagrees with the files."""
    counts = Counter(states.values())
    say("SLURM: " + (", ".join(f"{how_many(n, 'task')} {s}" for s, n in counts.items()) or "no tasks"))
    for line in jobs.disagreements(planned, states):
        say(line)


@command("ganbench cancel wide")
def cancel(study: StudyArgument, results: ResultsOption = RESULTS) -> None:
    """Cancel a study's SLURM tasks, and no other job.

    Both pending and running tasks are cancelled; what they trained is kept.
    """
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.running.slurm.jobs import Jobs
    from benchmark.study.storage.store import Store

    plan = kept_plan(find_study(study, incomplete=True), results, say)
    say(f"{how_many(Jobs(plan.study, Store(results)).cancel(), 'task')} cancelled.")
