"""Studies: plan, run, status, retry, collect, clean."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich import box
from rich.table import Table

from benchmark.cli.app import (
    CompileOption,
    DataOption,
    DeviceOption,
    PopulationOption,
    ResultsOption,
    RetryOption,
    TensorBoardOption,
    ThreadsOption,
    WorkersOption,
    app,
    console,
    say,
    user_errors,
)
from benchmark.cli.cluster import ClusterOption, sbatch_options, show_slurm, slurm
from benchmark.cli.plans import keep_plan, planned_briefly, planned_study, planned_trials, study_folder
from benchmark.cli.run import publish, run_trials, show

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A study of experiments/ by name, or a study file.toml.")]
ExecutorOption = Annotated[
    str, typer.Option(help="inline: this process; local: worker processes of this machine; slurm: a cluster.")
]
IncompleteOption = Annotated[
    bool, typer.Option("--incomplete", help="Take best settings from an earlier study even if it has not ended.")
]
AnyTorchOption = Annotated[bool, typer.Option("--any-torch", help="Accept results of different torch versions in one table.")]


@app.command()
@user_errors
def plan(
    study: StudyArgument,
    trials: Annotated[bool, typer.Option("--trials", help="List every trial with its setting.")] = False,
    population: PopulationOption = None,
    incomplete: IncompleteOption = False,
    results: ResultsOption = Path("results"),
) -> None:
    """List a study's trials, populations and cost, without running anything."""
    from benchmark.study.planning.cost import cost_table, read_speeds
    from benchmark.study.running.contexts import CPU_POPULATION

    planned = planned_study(study, results, incomplete)
    keep_plan(planned, results)
    if trials:
        for t in planned.trials:
            setting = " ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in t.setting.items())
            optimiser = f" {t.optimiser}" if len(planned.study.optimisers) > 1 else ""
            say(f"{t.id} {t.title}{optimiser}: {setting}")
    say(f"{planned.study.name}: {planned.study.description}")
    speeds = read_speeds(results)
    devices = dict.fromkeys(speeds["device_name"])
    for device in devices or [None]:
        table = cost_table(planned, population or CPU_POPULATION, speeds[speeds["device_name"] == device])
        total = {"dataset": "total", "loss": "", **table[["trials", "populations", "steps"]].sum().to_dict()}
        hours = None if table["hours"].isna().any() else table["hours"].sum()
        table = table.astype({"hours": object})
        table.loc[len(table)] = {**total, "hours": hours}
        table["hours"] = ["not measured" if pd.isna(h) else f"{h:.2f}" for h in table["hours"]]
        print_table(table.rename(columns={"hours": "hours of one worker"}), f"on {device or 'no measured device'}")
    console.print(
        "Hours are from measured speeds; divide by the workers. ganbench measure adds this machine's.", highlight=False
    )


@app.command()
@user_errors
def run(
    study: StudyArgument,
    executor: ExecutorOption = "local",
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    threads: ThreadsOption = 1,
    tensorboard: TensorBoardOption = False,
    incomplete: IncompleteOption = False,
    any_torch: AnyTorchOption = False,
    retry_failed: RetryOption = False,
    results: ResultsOption = Path("results"),
    data: DataOption = Path("data"),
    cluster: ClusterOption = None,
    partition: Annotated[str | None, slurm("The partition.")] = None,
    account: Annotated[str | None, slurm("The account.")] = None,
    qos: Annotated[str | None, slurm("The quality of service.")] = None,
    constraint: Annotated[str | None, slurm("The node's features.")] = None,
    gpus: Annotated[int | None, slurm("GPUs of a task: 0 or 1.")] = None,
    gres: Annotated[str | None, slurm("A gres in place of --gpus, such as gpu:a100:1.")] = None,
    cpus: Annotated[int | None, slurm("CPU cores of a task.")] = None,
    memory: Annotated[float | None, slurm("Gigabytes of a task.")] = None,
    minutes: Annotated[int | None, slurm("Time limit of a task; it is requeued and goes on where it was.")] = None,
    parallel: Annotated[int | None, slurm("Tasks at the same time.")] = None,
    setup: Annotated[list[str] | None, slurm("A shell line before Python starts (module load ...); repeat for more.")] = None,
    sbatch: Annotated[list[str] | None, slurm("A further sbatch option as name=value; repeat for more.")] = None,
    dry_run: Annotated[bool, slurm("Print the sbatch script and submit nothing.")] = False,
    wait: Annotated[bool, slurm("Stay until the study has ended, and submit again what was lost.")] = False,
) -> None:
    """Run what is missing of a study, then collect its table. Any number of runs may share the work."""
    from benchmark.plugins import UserError
    from benchmark.study.running.contexts import Resources, Workshop
    from benchmark.study.running.executors import Slurm, find_executor
    from benchmark.study.running.slurm.cluster import find_cluster
    from benchmark.study.storage.store import Store

    said = dict(
        partition=partition,
        account=account,
        qos=qos,
        constraint=constraint,
        gpus=gpus,
        gres=gres,
        cpus=cpus,
        memory=memory,
        minutes=minutes,
        parallel=parallel,
        setup=tuple(setup) if setup else None,
        sbatch=sbatch_options(sbatch),
    )
    beside = {"cluster": cluster, **said, "dry-run": dry_run or None, "wait": wait or None}
    if executor != "slurm" and (idle := [name for name, value in beside.items() if value is not None]):
        raise UserError(f"--{idle[0]} is for --executor slurm; the executor is {executor}.")
    profile = find_cluster(cluster, **said) if executor == "slurm" else None
    runs = find_executor(executor, workers=workers, cluster=profile, stays=wait)
    planned = planned_study(study, results, incomplete)
    keep_plan(planned, results)
    resources = Resources(results, data, device, compiled, population, threads, tensorboard)
    if dry_run and isinstance(runs, Slurm):
        print(runs.script(planned.trials, Workshop(planned.study, resources, lambda line: print(line, file=sys.stderr))))
        return
    if not run_trials(planned, resources, runs, retry_failed=retry_failed):
        say(f"See how it stands: ganbench status {study}")
        return
    folder = study_folder(results, planned.study.name)
    show(publish(planned, Store(results), folder, any_torch=any_torch), planned, folder)


@app.command()
@user_errors
def status(study: StudyArgument, results: ResultsOption = Path("results"), incomplete: IncompleteOption = False) -> None:
    """Show how a study stands: planned = ok + diverged + failed + running + pending, per loss and data set."""
    from benchmark.study.storage.status import standing
    from benchmark.study.storage.store import Store

    now = standing(planned_briefly(study, results, incomplete), Store(results))
    table = now.table()
    total = {"dataset": "total", "loss": "", **table.drop(columns=["dataset", "loss"]).sum().to_dict()}
    table.loc[len(table)] = total
    print_table(table, "")
    for held in now.held:
        said = held.content
        say(
            f"{said.get('host')}, process {said.get('pid')}: {said.get('title')}, step {said.get('step', 0)} of "
            f"{said.get('steps')}, {said.get('rate', 0):.1f} steps/s, attempt {said.get('attempt')}",
        )
    left = now.seconds_left
    ended = f"{now.steps_done:,} of {now.steps_done + now.steps_left:,} steps done"
    console.print(
        f"{ended}; {now.rate:.1f} steps/s, about {left / 3600:.1f} h left" if left else f"{ended}; nothing runs",
        highlight=False,
    )
    if (results / "slurm" / Path(study).stem).exists():
        show_slurm(planned_trials(study, results, incomplete), results)


@app.command()
@user_errors
def retry(
    study: StudyArgument,
    failed: Annotated[
        bool, typer.Option("--failed", help="The trials that failed (the only ones that can be retried).")
    ] = False,
    executor: ExecutorOption = "local",
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    threads: ThreadsOption = 1,
    results: ResultsOption = Path("results"),
    data: DataOption = Path("data"),
) -> None:
    """Run a study's failed trials again, on this machine. Diverged ones are results and stay."""
    from benchmark.plugins import UserError
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import find_executor
    from benchmark.study.storage.store import Store

    if not failed:
        raise UserError("What to retry? Only failed trials can be: ganbench retry STUDY --failed.")
    if executor == "slurm":
        raise UserError(f"On a cluster: ganbench run {study} --executor slurm --retry-failed, with the profile's options.")
    runs = find_executor(executor, workers=workers)
    planned = planned_study(study, results, True)
    run_trials(planned, Resources(results, data, device, compiled, population, threads), runs, retry_failed=True)
    folder = study_folder(results, planned.study.name)
    show(publish(planned, Store(results), folder), planned, folder)


@app.command()
@user_errors
def collect(
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option(help="The folder to write. [default: RESULTS/studies/STUDY]")] = None,
    any_torch: AnyTorchOption = False,
    incomplete: IncompleteOption = False,
    results: ResultsOption = Path("results"),
) -> None:
    """Write a study's table, summary, provenance and pictures from what there is; trials without a result are counted."""
    from benchmark.study.storage.store import Store

    planned = planned_trials(study, results, incomplete)
    folder = out or study_folder(results, planned.study.name)
    show(publish(planned, Store(results), folder, any_torch=any_torch), planned, folder)


@app.command()
@user_errors
def clean(
    study: StudyArgument,
    results: ResultsOption = Path("results"),
    trials: Annotated[bool, typer.Option("--trials", help="Remove the study's results too (asks first).")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove what a study's dead or ended runs left behind: claims, checkpoints, temporary files, damaged results."""
    from benchmark.study.storage.cleaning import leftovers, remove, results_of
    from benchmark.study.storage.store import Store

    planned, store = planned_trials(study, results, True), Store(results)
    found = leftovers(planned.trials, store)
    if trials:
        found += results_of(planned.trials, store)
        console.print(f"{len(planned.trials)} trials of {planned.study.name}, their samples and generators included, go.")
        if not yes and not typer.confirm("Other studies may share them. Remove them?"):
            raise typer.Exit(1)
        shutil.rmtree(study_folder(results, planned.study.name), ignore_errors=True)
    console.print(f"{len(found)} files removed, {remove(found) / 1e6:.1f} MB.", highlight=False)


def print_table(table: pd.DataFrame, title: str) -> None:
    """Prints a DataFrame."""
    shown = Table(title=title or None, box=box.SIMPLE, title_justify="left")
    for column in table.columns:
        shown.add_column(str(column), justify="left" if column in ("dataset", "loss") else "right", no_wrap=True)
    for row in table.itertuples(index=False):
        shown.add_row(*(f"{v:,}" if isinstance(v, int) else str(v) for v in row))
    console.print(shown)
