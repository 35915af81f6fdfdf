"""The main job: losses under several seeds, their table and pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

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
    VariantOption,
    app,
    console,
    counted,
    user_errors,
)  # fmt: skip

if TYPE_CHECKING:  # torch is loaded by the commands that need it, not by --help
    import pandas as pd

    from benchmark.study.bench import Bench
    from benchmark.study.trial import Trial


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
            help="paper, tuned (for the quick budget), or a table of 'ganbench tune'. [default: tuned at quick, else paper]"
        ),
    ] = None,
    variant: VariantOption = "paper",
    extractor: ExtractorOption = "classifier",
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    results: ResultsOption = Path("results"),
    data: DataOption = Path("data"),
    retry_failed: RetryOption = False,
) -> None:
    """Train losses under several seeds, score each run, and print the comparison. Only what is missing is computed."""
    from benchmark.study.bench import Bench, Options

    prepared = Bench(
        Options(
            tuple(part.strip() for part in loss.split(",")), dataset, budget, variant, hyperparameters, extractor, device,
            compiled, population, results, data,
        ),
        console.print,
    )  # fmt: skip
    trials = prepared.seeds(seeds)
    table = run_watched(prepared, trials, retry_failed)
    name = "all" if len(prepared.losses) > 3 else "-".join(loss.key for loss in prepared.losses.values())
    parts = [name, prepared.dataset.key, prepared.budget.name, *([variant] if variant != "paper" else [])]
    publish(table, prepared, trials, results / "bench" / "-".join(parts))


@app.command()
@user_errors
def tune(
    loss: LossOption = "all",
    dataset: DatasetOption = "fashion-mnist",
    budget: BudgetOption = "quick",
    samples: Annotated[
        int,
        typer.Option(parser=counted, metavar="N", help="Random samples of each loss's wide ranges, beside its paper default."),
    ] = 8,
    table: Annotated[Path, typer.Option(help="The table to write; bench takes it as --hyperparameters.")] = Path(
        "results/tuned/quick.csv"
    ),
    variant: VariantOption = "paper",
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    results: ResultsOption = Path("results"),
    data: DataOption = Path("data"),
    retry_failed: RetryOption = False,
) -> None:
    """Find default hyperparameters for a budget: each loss's best of an equal number of random samples."""
    from benchmark.study.bench import Bench, Options
    from benchmark.study.tune import merge_into

    prepared = Bench(
        Options(
            tuple(part.strip() for part in loss.split(",")), dataset, budget, variant, "paper", "classifier", device, compiled,
            population, results, data,
        ),
        console.print,
    )  # fmt: skip
    merged = merge_into(table, run_watched(prepared, prepared.samples(samples), retry_failed))
    best = merged[merged["status"] == "ok"].sort_values("best").groupby("loss").head(1)
    for _, row in best.iterrows():
        console.print(f"{row['loss']}: sample {row['sample']}, {row['score']} {row['best']:.2f}", highlight=False)
    console.print(f"All samples and their scores: {table}", highlight=False)


def run_watched(prepared: Bench, trials: list[Trial], retry_failed: bool) -> pd.DataFrame:
    """Runs the trials under a live display; returns their table."""
    from benchmark.progress import LiveProgress
    from benchmark.study.runner import missing

    with LiveProgress(trials, missing(trials, prepared.store, retry_failed), console) as progress:
        return prepared.run(trials, progress, retry_failed=retry_failed)


def publish(table: pd.DataFrame, prepared: Bench, trials: list[Trial], folder: Path) -> None:
    """Writes the table, its summary, the figure and the sample grids to the folder, prints the summary and where they are."""
    from benchmark.analysis.names import display_name
    from benchmark.analysis.plots import gallery, median_trials, save, score_distribution
    from benchmark.analysis.summary import as_markdown, as_text, summarise
    from benchmark.files import write_atomically

    text = as_text(summarise(table))
    write_atomically(folder / "trials.csv", table.to_csv(index=False).encode())
    write_atomically(folder / "summary.md", as_markdown(text).encode())
    save(score_distribution(table), folder / "fid.png")
    shutil.rmtree(folder / "samples", ignore_errors=True)
    for trial in trials:
        if (picture := prepared.store.samples(trial)).exists():
            (folder / "samples").mkdir(exist_ok=True)
            shutil.copyfile(picture, folder / "samples" / f"{trial.loss}-seed-{trial.seed}.png")
    medians = {
        f"{display_name(str(row.loss))}, {row.best:.1f}": folder / "samples" / f"{row.loss}-seed-{row.seed}.png"
        for row in median_trials(table).itertuples()
    }
    if medians:
        save(gallery(medians), folder / "median-samples.png")
    title = f"{table['score'].iloc[0]}, best checkpoint of each run, on {prepared.dataset.name}; budget {prepared.budget.name}"
    shown = Table(title=title, box=box.SIMPLE, title_justify="left")
    nothing_pending = ["pending"] if (text["pending"] == "0").all() else []
    printed = text.drop(columns=["dataset", *nothing_pending])
    for column in printed.columns:
        shown.add_column(column, justify="left" if column == "loss" else "right", no_wrap=True)
    for row in printed.itertuples(index=False):
        shown.add_row(*row)
    console.print(shown)
    for name, path in (
        ("trials", "trials.csv"),
        ("summary", "summary.md"),
        ("FID distribution", "fid.png"),
        ("samples", "samples"),
        ("of median runs", "median-samples.png"),
    ):
        console.print(f"{name:17} {folder / path}", highlight=False, soft_wrap=True)
    failed = int((table["status"] == "failed").sum())
    if failed:
        reasons = table.loc[table["status"] == "failed", "reason"].unique()
        console.print(
            f"{failed} trials failed: {'; '.join(map(str, reasons))}\nRun again with --retry-failed.",
            highlight=False,
            markup=False,
        )
        raise typer.Exit(1)
