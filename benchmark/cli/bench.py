"""The main job: losses under several seeds, their table and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import (
    BudgetOption,
    CompileOption,
    DataOption,
    DatasetOption,
    DeviceOption,
    ExtractorOption,
    LossOption,
    PopulationOption,
    ResultsOption,
    RetryOption,
    TensorBoardOption,
    ThreadsOption,
    VariantOption,
    WorkersOption,
    app,
    console,
    counted,
    user_errors,
)
from benchmark.cli.run import publish, run_trials, show


@app.command()
@user_errors
def bench(
    loss: LossOption = "lsgan",
    dataset: DatasetOption = "fashion-mnist",
    budget: BudgetOption = "quick",
    seeds: Annotated[int, typer.Option(parser=counted, metavar="N", help="Runs of each loss, with the seeds 0, 1, ...")] = 10,
    hyperparameters: Annotated[
        str | None,
        typer.Option(
            help="paper, tuned (for the quick budget), or a study's trials.csv. [default: tuned at quick, else paper]"
        ),
    ] = None,
    variant: VariantOption = "paper",
    extractor: ExtractorOption = "classifier",
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    threads: ThreadsOption = 1,
    workers: WorkersOption = None,
    tensorboard: TensorBoardOption = False,
    results: ResultsOption = Path("results"),
    data: DataOption = Path("data"),
    retry_failed: RetryOption = False,
) -> None:
    """Train losses under several seeds, score each run, and print the comparison. Only what is missing is computed."""
    from benchmark.study.bench import bench_study
    from benchmark.study.planning.plan import make_plan
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import Local
    from benchmark.study.storage.store import Store

    names = tuple(part.strip() for part in loss.split(","))
    study = bench_study(
        names, dataset, budget, seeds=seeds, hyperparameters=hyperparameters, variant=variant, extractor=extractor
    )
    resources = Resources(results, data, device, compiled, population, threads, tensorboard)
    plan = make_plan(study, Store(results), console.print)
    run_trials(plan, resources, Local(workers), retry_failed=retry_failed)
    folder = results / "bench" / plan.study.name
    show(publish(plan, Store(results), folder), plan, folder)
