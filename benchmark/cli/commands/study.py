"""Studies: plan, run, status, collect, clean."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import command, console, say, warn
from benchmark.cli.commands.cluster import SlurmOptions, show_slurm, slurm_jobs
from benchmark.cli.options import (
    RESULTS,
    AnyTorchOption,
    IncompleteOption,
    PopulationOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    TrainingPlace,
    WorkersOption,
    option,
)
from benchmark.cli.printing import print_published, print_table
from benchmark.cli.progress import clock_ahead, live_display, time_text
from benchmark.plurals import how_many


@command("ganbench plan wide --population 10")
def plan(
    study: StudyArgument,
    trials: Annotated[bool, option("List every trial with its setting.", name="--trials")] = False,
    population: PopulationOption = None,
    incomplete: IncompleteOption = False,
    results: ResultsOption = RESULTS,
) -> None:
    """List a study's trials and cost, without running anything."""
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
    console.print("Hours are of one worker, from measured speeds. ganbench measure adds this machine's speeds.")
    if population is None:
        measured = ", ".join(map(str, sorted((results / "speed").glob("*.csv")))) or "none here"
        say(f"Trials together: 1 on a CPU; on a GPU {GPU_POPULATION}, or the fastest number by ganbench gpu ({measured}).")


@command("ganbench run quick --workers 2")
def run(
    study: StudyArgument,
    executor: Annotated[
        str, option("inline: this process; local: worker processes of this machine; slurm: a cluster.", "EXECUTOR")
    ] = "local",
    retry_failed: RetryOption = False,
    incomplete: IncompleteOption = False,
    any_torch: AnyTorchOption = False,
    workers: WorkersOption = None,
    *,
    place: TrainingPlace,
    slurm: SlurmOptions,
) -> None:
    """Run a study's missing trials, then write its table.

    Any number of runs may share the work. Stop it when you like: the same command continues from the last checkpoints.
    """
    from benchmark.plugins import UserError
    from benchmark.study.planning.names import require_names_of
    from benchmark.study.planning.studyfile import find_study

    found = find_study(study, incomplete=incomplete)
    require_names_of(found)
    from benchmark.study.planning.plan import make_plan  # loads torch: names are checked before
    from benchmark.study.run import run_study
    from benchmark.study.running.contexts import Resources, StudyContext
    from benchmark.study.running.executors import Slurm, find_executor
    from benchmark.study.storage.store import Store

    if executor != "slurm" and (given := slurm.given()):
        raise UserError(f"--{given[0]} is for --executor slurm; the executor is {executor}.")
    runs = find_executor(executor, workers=workers, cluster=slurm.profile() if executor == "slurm" else None, waits=slurm.wait)
    resources = Resources(**vars(place))
    if slurm.dry_run and isinstance(runs, Slurm):
        planned = make_plan(found, Store(place.results), say)
        context = StudyContext(resolved=planned.resolved, resources=resources, report=warn)
        print(runs.script(planned, context))
        return
    published = run_study(
        found, resources, runs, retry_failed=retry_failed, any_torch=any_torch, report=say, display=live_display
    )
    if published is None:
        say(f"See its progress: ganbench status {study}")
    else:
        print_published(published)


@command("ganbench status quick")
def status(study: StudyArgument, results: ResultsOption = RESULTS, incomplete: IncompleteOption = False) -> None:
    """Show a study's progress.

    Per loss and data set, planned = ok + diverged + failed + running + pending.
    """
    from benchmark.files.sharing import how_to_share
    from benchmark.study.planning.plan_cache import planned_trials
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.leases import lease_file
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
    for lease in now.leases:
        c = lease.content
        if lease.owner:
            advice = how_to_share(lease_file(store.running, lease))
            say(f"{lease.owner} trains {lease.name}, which only {lease.owner} may read. {advice}")
            continue
        owner = f"{c.host}, SLURM task {c.job}" if c.job else f"{c.host}, process {c.pid}"
        say(f"{owner}: {c.title}, step {c.step} of {c.steps}, {c.rate:.1f} steps/s, attempt {c.attempt}")
        if lease.ahead:
            say(clock_ahead(lease))
    if now.damaged:
        say(
            f"{how_many(len(now.damaged), 'damaged result')}, whose trials count as pending: {named(now.damaged)}.\n"
            "ganbench run or collect puts the files aside."
        )
    seconds = now.seconds_left
    done = f"{now.steps_done:,} of {now.steps_done + now.steps_to_do:,} steps done"
    idle = "no speed is known yet" if now.leases else "nothing runs"
    say(f"{done}; {now.rate:.1f} steps/s, about {time_text(seconds)} left" if seconds else f"{done}; {idle}")
    if jobs:
        show_slurm(jobs, states, planned)


@command("ganbench collect quick")
def collect(
    study: StudyArgument,
    out: Annotated[
        Path | None, option("The folder to write.", "FOLDER", default="RESULTS/studies/STUDY", file_okay=False)
    ] = None,
    generators: Annotated[bool, option("Also publish the generator of each loss's median run.", name="--generators")] = False,
    any_torch: AnyTorchOption = False,
    incomplete: IncompleteOption = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Write a study's table from the results so far.

    It also writes a summary, provenance and pictures. Trials without a result are counted.
    """
    from benchmark.files import require_writable
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.published import require_own_table

    planned = kept_plan(find_study(study, incomplete=incomplete), results, say)
    from benchmark.study.publish import Published, publish, study_folder  # slow to load: names are checked before
    from benchmark.study.storage.store import Store

    folder, store = out or study_folder(results, planned.study.name), Store(results, say)
    require_writable(folder, 5_000_000, "the table")
    store.require_open()
    require_own_table(planned.study, [trial.id for trial in planned.trials], folder)
    trials = publish(planned, store, folder, any_torch=any_torch, generators=generators)
    print_published(Published(trials=trials, folder=folder))


@command("ganbench clean quick")
def clean(
    study: StudyArgument,
    results: ResultsOption = RESULTS,
    trials: Annotated[bool, option("Remove the study's results too (asks first).", name="--trials")] = False,
    yes: Annotated[bool, option("Do not ask.", name="--yes")] = False,
) -> None:
    """Remove what dead or ended runs of a study left behind.

    That is leases, checkpoints, logs, temporary files and damaged results; with --trials the results too.
    """
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.cleaning import leftovers, remove, results_of
    from benchmark.study.storage.published import rows_of_others
    from benchmark.study.storage.store import Store

    planned, store = kept_plan(find_study(study, incomplete=True), results, say), Store(results, say)
    from benchmark.study.publish import study_folder  # slow to load: names are checked before

    jobs, states = slurm_jobs(planned.study, results)
    found = leftovers(planned.trials, store) + (jobs.leftovers(states) if jobs else [])
    if trials:
        found += results_of(planned.trials, store)
        console.print(
            f"{how_many(len(planned.trials), 'trial')} of {planned.study.name} will be removed, with samples and generators."
        )
        if not yes and not typer.confirm("Other studies may share them. Remove them?"):
            raise typer.Exit(1)
        folder = study_folder(results, planned.study.name)
        if rows_of_others(planned.study, [trial.id for trial in planned.trials], folder):
            say(f"{folder} holds the table of another study of that name, and is kept.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(f"{how_many(len(found), 'file or folder', 'files and folders')} removed, {remove(found) / 1e6:.1f} MB.")
