"""The main job, losses under several seeds; and what there is to name in it."""

from __future__ import annotations

from typing import Annotated

from benchmark.cli.app import command, console, say
from benchmark.cli.options import (
    BudgetOption,
    DatasetOption,
    ExtractorOption,
    LossOption,
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
            default="tuned where there are, else paper",
        ),
    ] = None,
    variant: Annotated[
        str,
        option(
            "Definition of the loss: 'paper' as published, 'v1' as in the study's released code, or both with a comma.",
            "VARIANT",
        ),
    ] = "paper",
    extractor: ExtractorOption = "layers",
    retry_failed: RetryOption = False,
    workers: WorkersOption = None,
    *,
    place: TrainingPlace,
) -> None:
    """Train losses under several seeds and compare their scores.

    Only what is missing is computed: the same command again goes on, and with more seeds it trains those that are new.
    """
    from benchmark.study.bench import bench_folder, bench_study

    names = tuple(separated(loss))
    study = bench_study(
        names,
        dataset,
        budget,
        seeds=seeds,
        hyperparameters=hyperparameters,
        variant=[part.strip() for part in variant.split(",")],
        extractor=extractor,
    )
    from benchmark.study.run import run_study  # which loads torch: what is mistyped is told before
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import Local

    published = run_study(
        study,
        Resources(**vars(place)),
        Local(workers),
        folder=bench_folder(place.results, study.name),
        cut=True,  # fewer seeds than before
        retry_failed=retry_failed,
        report=say,
        display=live_display,
    )
    assert published is not None  # worker processes of this machine trained them to their end
    print_published(published)


@command("ganbench list", "list")
def list_names() -> None:
    """List losses, data sets and budgets."""
    from benchmark.data import known_datasets
    from benchmark.plugins import declared
    from benchmark.training.budget import BUDGETS

    for title, rows in (
        ("Losses", {k: said.name for k, said in declared("benchmark.losses").items()}),
        ("Data sets", {k: f"{c.name}, {'x'.join(map(str, c.image_shape))}" for k, c in known_datasets().items()}),
        ("Budgets", BUDGETS),
    ):
        console.print(title, style="bold")
        for key, text in rows.items():
            say(f"  {key:15} {text}")
