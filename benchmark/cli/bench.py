"""The main job, losses under several seeds; and what there is to name in it."""

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
    NormalisationOption,
    PenaltyOption,
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
    say,
    separated,
    user_errors,
)
from benchmark.cli.printing import print_published
from benchmark.cli.progress import live_display


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
            help="paper, tuned (quick and standard budgets), or a study's trials.csv. [default: tuned there, else paper]"
        ),
    ] = None,
    variant: VariantOption = "paper",
    penalty: PenaltyOption = "none",
    normalisation: NormalisationOption = "setting",
    extractor: ExtractorOption = "layers",
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
    from benchmark.study.bench import bench_folder, bench_study

    study = bench_study(
        separated(loss),
        dataset,
        budget,
        seeds=seeds,
        hyperparameters=hyperparameters,
        variant=[part.strip() for part in variant.split(",")],
        penalty=separated(penalty),
        normalisation=separated(normalisation),
        extractor=extractor,
    )
    from benchmark.study.run import run_study  # which loads torch: what is mistyped is told before
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import Local

    published = run_study(
        study,
        Resources(
            results=results,
            data=data,
            device=device,
            compiled=compiled,
            population=population,
            threads=threads,
            tensorboard=tensorboard,
        ),
        Local(workers),
        folder=bench_folder(results, study.name),
        cut=True,  # fewer seeds than before
        retry_failed=retry_failed,
        report=say,
        display=live_display,
    )
    assert published is not None  # worker processes of this machine trained them to their end
    print_published(published)


@app.command("list")
@user_errors
def list_names() -> None:
    """List losses, penalties, normalisations, data sets and budgets."""
    from benchmark.data import known_datasets
    from benchmark.factors import FACTORS
    from benchmark.plugins import declared
    from benchmark.training.budget import BUDGETS

    def named(package: str) -> dict[str, str]:
        return {key: said.name for key, said in declared(package).items()}

    of_factors = {f.plural.capitalize(): {f.usual: f.usual_name} | named(f.package) for f in FACTORS if f.package}
    datasets = {k: f"{c.name}, {'x'.join(map(str, c.image_shape))}" for k, c in known_datasets().items()}
    tables: dict[str, dict[str, str]] = {"Losses": named("benchmark.losses"), **of_factors, "Data sets": datasets}
    tables["Budgets"] = {str(name): text for name, text in BUDGETS.items()}
    for title, rows in tables.items():
        console.print(title, style="bold")
        for key, text in rows.items():
            say(f"  {key:15} {text}")
