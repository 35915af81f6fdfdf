"""Studies: plan, run, status, retry, collect, clean."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

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
from benchmark.cli.cluster import ClusterOption, sbatch_options, show_slurm, slurm, slurm_jobs
from benchmark.cli.printing import print_published, print_table
from benchmark.cli.progress import clock_ahead, live_display, time_text
from benchmark.plurals import how_many

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
    from benchmark.study.planning.cost import cost_tables, read_speeds
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.populations import CPU_POPULATION, GPU_POPULATION

    planned = kept_plan(find_study(study, incomplete=incomplete), results, say)
    if trials:
        for t in planned.trials:
            setting = " ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in t.setting.items())
            say(f"{t.id} {planned.names.title(t)}: {setting}")
    say(": ".join(filter(None, (planned.study.name, planned.study.description))))
    for line in planned.ranges:
        say(f"  {line}")
    for device, table in cost_tables(planned, population or CPU_POPULATION, read_speeds(results)).items():
        print_table(table, f"on {device}")
    console.print("Hours are from measured speeds; divide by the workers. ganbench measure adds this machine's.")
    if population is None:
        measured = ", ".join(map(str, sorted((results / "speed").glob("*.csv")))) or "none here"
        say(f"Trials together: 1 on a CPU; on a GPU {GPU_POPULATION}, or what ganbench gpu has measured there ({measured}).")


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
    parallel: Annotated[int | None, slurm("Tasks at most that run or wait at the same time.")] = None,
    setup: Annotated[list[str] | None, slurm("A shell line before Python starts (module load ...); repeat for more.")] = None,
    sbatch: Annotated[list[str] | None, slurm("A further sbatch option as name=value; repeat for more.")] = None,
    dry_run: Annotated[bool, slurm("Print the sbatch script and submit nothing.")] = False,
    wait: Annotated[bool, slurm("Stay until the study has ended, and submit again what was lost.")] = False,
) -> None:
    """Run what is missing of a study, then collect its table. Any number of runs may share the work."""
    from benchmark.plugins import UserError
    from benchmark.study.planning.names import require_names_of
    from benchmark.study.planning.studyfile import find_study

    found = find_study(study, incomplete=incomplete)
    require_names_of(found)
    from benchmark.study.planning.plan import make_plan  # which loads torch: what is mistyped is told before
    from benchmark.study.run import run_study
    from benchmark.study.running.contexts import Resources, StudyContext
    from benchmark.study.running.executors import Slurm, find_executor
    from benchmark.study.running.slurm.cluster import find_cluster
    from benchmark.study.storage.store import Store

    asked = dict(
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
    of_slurm = {"cluster": cluster, **asked, "dry-run": dry_run or None, "wait": wait or None}
    if executor != "slurm" and (idle := [name for name, value in of_slurm.items() if value is not None]):
        raise UserError(f"--{idle[0]} is for --executor slurm; the executor is {executor}.")
    profile = find_cluster(cluster, **asked) if executor == "slurm" else None
    runs = find_executor(executor, workers=workers, cluster=profile, waits=wait)
    resources = Resources(
        results=results,
        data=data,
        device=device,
        compiled=compiled,
        population=population,
        threads=threads,
        tensorboard=tensorboard,
    )
    if dry_run and isinstance(runs, Slurm):
        planned = make_plan(found, Store(results), say)
        print(
            runs.script(
                planned,
                StudyContext(resolved=planned.resolved, resources=resources, report=lambda line: print(line, file=sys.stderr)),
            )
        )
        return
    published = run_study(
        found, resources, runs, retry_failed=retry_failed, any_torch=any_torch, report=say, display=live_display
    )
    if published is None:
        say(f"See how it stands: ganbench status {study}")
    else:
        print_published(published)


@app.command()
@user_errors
def status(study: StudyArgument, results: ResultsOption = Path("results"), incomplete: IncompleteOption = False) -> None:
    """Show how a study stands: planned = ok + diverged + failed + running + pending, per loss and data set."""
    from benchmark.files.sharing import how_to_share
    from benchmark.study.planning.plan_cache import planned_trials
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.claims import claim_file
    from benchmark.study.storage.records.remembered import remembered
    from benchmark.study.storage.records.transfer import named
    from benchmark.study.storage.status import study_status
    from benchmark.study.storage.store import Store

    found = find_study(study, incomplete=incomplete)
    planned, names = planned_trials(found, results, say)
    jobs, states = slurm_jobs(found, results)
    store = Store(results, say)
    with remembered(store, planned):
        now = study_status(planned, store, jobs.without_process(states) if jobs else ())
    table = now.table().replace({"dataset": names.datasets})
    total = {"dataset": "total", "loss": "", **table.drop(columns=["dataset", "loss"]).sum().to_dict()}
    table.loc[len(table)] = total
    print_table(table)
    for claim in now.claims:
        c = claim.content
        if claim.owner:
            advice = how_to_share(claim_file(store.running, claim))
            say(f"{claim.owner} trains {claim.name}, which only {claim.owner} may read. {advice}")
            continue
        owner = f"{c.host}, SLURM task {c.job}" if c.job else f"{c.host}, process {c.pid}"
        say(f"{owner}: {c.title}, step {c.step} of {c.steps}, {c.rate:.1f} steps/s, attempt {c.attempt}")
        if claim.ahead:
            say(clock_ahead(claim))
    if now.damaged:
        say(
            f"{how_many(len(now.damaged), 'damaged result')}, and as many trials pending: {named(now.damaged)}.\n"
            "ganbench run or collect puts them aside."
        )
    seconds = now.seconds_left
    done = f"{now.steps_done:,} of {now.steps_done + now.steps_to_do:,} steps done"
    idle = "no speed is known yet" if now.claims else "nothing runs"
    say(f"{done}; {now.rate:.1f} steps/s, about {time_text(seconds)} left" if seconds else f"{done}; {idle}")
    if jobs:
        show_slurm(jobs, states, planned)


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
    from benchmark.study.planning.names import require_names_of
    from benchmark.study.planning.studyfile import find_study

    if not failed:
        raise UserError("What to retry? Only failed trials can be: ganbench retry STUDY --failed.")
    if executor == "slurm":
        raise UserError(f"On a cluster: ganbench run {study} --executor slurm --retry-failed, with the profile's options.")
    found = find_study(study, incomplete=True)
    require_names_of(found)
    from benchmark.study.run import run_study  # which loads torch: what is mistyped is told before
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import find_executor

    runs = find_executor(executor, workers=workers)
    resources = Resources(results=results, data=data, device=device, compiled=compiled, population=population, threads=threads)
    published = run_study(found, resources, runs, retry_failed=True, report=say, display=live_display)
    assert published is not None  # this machine trained them to their end
    print_published(published)


@app.command()
@user_errors
def collect(
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="The folder to write. [default: RESULTS/studies/STUDY]")
    ] = None,
    generators: Annotated[
        bool, typer.Option("--generators", help="Also publish the generator of each loss's median run.")
    ] = False,
    any_torch: AnyTorchOption = False,
    incomplete: IncompleteOption = False,
    results: ResultsOption = Path("results"),
) -> None:
    """Write a study's table, summary, provenance and pictures from what there is; trials without a result are counted."""
    from benchmark.files import require_writable
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.published import require_own_table

    planned = kept_plan(find_study(study, incomplete=incomplete), results, say)
    from benchmark.study.publish import Published, publish, study_folder  # slow to load: what is mistyped is told before
    from benchmark.study.storage.store import Store

    folder, store = out or study_folder(results, planned.study.name), Store(results, say)
    require_writable(folder, 5_000_000, "the table")
    store.require_open()
    require_own_table(planned.study, [trial.id for trial in planned.trials], folder)
    trials = publish(planned, store, folder, any_torch=any_torch, generators=generators)
    print_published(Published(trials=trials, folder=folder))


@app.command()
@user_errors
def clean(
    study: StudyArgument,
    results: ResultsOption = Path("results"),
    trials: Annotated[bool, typer.Option("--trials", help="Remove the study's results too (asks first).")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove what a study's dead or ended runs left behind: claims, checkpoints, logs, temporary files, damaged results."""
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.cleaning import leftovers, remove, results_of
    from benchmark.study.storage.published import rows_of_others
    from benchmark.study.storage.store import Store

    planned, store = kept_plan(find_study(study, incomplete=True), results, say), Store(results, say)
    from benchmark.study.publish import study_folder  # slow to load: what is mistyped is told before

    jobs, states = slurm_jobs(planned.study, results)
    found = leftovers(planned.trials, store) + (jobs.leftovers(states) if jobs else [])
    if trials:
        found += results_of(planned.trials, store)
        console.print(
            f"{how_many(len(planned.trials), 'trial')} of {planned.study.name}, samples and generators included, will go."
        )
        if not yes and not typer.confirm("Other studies may share them. Remove them?"):
            raise typer.Exit(1)
        folder = study_folder(results, planned.study.name)
        if rows_of_others(planned.study, [trial.id for trial in planned.trials], folder):
            say(f"{folder} holds the table of another study of that name, and stays.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(f"{how_many(len(found), 'file or folder', 'files and folders')} removed, {remove(found) / 1e6:.1f} MB.")
