"""Trains losses under several seeds (``bench``), and lists the names that its options accept (``list``)."""

from __future__ import annotations

from typing import Annotated

from benchmark.cli.app import command, console, say
from benchmark.cli.options import (
    BudgetOption,
    DatasetOption,
    ExtractorOption,
    LossOption,
    NormalisationOption,
    PenaltyOption,
    RetryOption,
    TrainingPlace,
    WorkersOption,
    count,
    option,
    separated,
)
from benchmark.cli.printing import print_published
from benchmark.cli.progress import live_display


@command("ganbench bench --loss lsgan,wgangp --dataset mnist --seeds 3")
def bench(
    loss: LossOption = "lsgan",
    dataset: DatasetOption = "fashion-mnist",
    budget: BudgetOption = "quick",
    seeds: Annotated[int, count("Runs of each loss, with the seeds 0, 1, ...")] = 10,
    hyperparameters: Annotated[
        str | None,
        option(
            "paper, tuned (quick and standard budgets), or a study's trials.csv.",
            "SETTINGS",
            default="tuned if there are any, else paper",
        ),
    ] = None,
    variant: Annotated[
        str,
        option(
            "Definition of the loss: 'paper' as published, 'v1' as in the study's released code, or both with a comma.",
            "VARIANT",
        ),
    ] = "paper",
    penalty: PenaltyOption = "none",
    normalisation: NormalisationOption = "setting",
    extractor: ExtractorOption = "layers",
    retry_failed: RetryOption = False,
    workers: WorkersOption = None,
    *,
    place: TrainingPlace,
) -> None:
    """Train losses under several seeds and compare their scores.

    Only missing trials are trained: the same command continues an interrupted run, and with more seeds it trains the new ones.
    """
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
    from benchmark.study.run import run_study  # loads torch: the options are checked before
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import Local

    published = run_study(
        study,
        Resources(**vars(place)),
        Local(workers),
        folder=bench_folder(place.results, study.name),
        cut=True,  # the table there may have more seeds
        retry_failed=retry_failed,
        report=say,
        display=live_display,
    )
    assert published is not None  # worker processes of this machine trained them to their end
    print_published(published)


@command("ganbench list", "list")
def list_names() -> None:
    """List losses, penalties, data sets, budgets and the like."""
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
