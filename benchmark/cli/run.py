"""What the commands that train share: a watched run, and the published table and pictures of its trials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.table import Table

from benchmark.cli.app import Interrupted, console, say

if TYPE_CHECKING:  # torch is loaded by the commands that need it, not by --help
    import pandas as pd

    from benchmark.study.planning.plan import Plan
    from benchmark.study.planning.plan_cache import KeptPlan
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import Executor
    from benchmark.study.storage.store import Store
    from benchmark.study.trial import Trial

PICTURES = 200  # a table of more trials keeps pictures of best, median and worst runs only


def run_trials(plan: Plan, resources: Resources, executor: Executor, *, retry_failed: bool) -> bool:
    """Runs the plan's open trials, under a live display if the executor stays; returns whether all have ended."""
    from benchmark.cli.progress import LiveProgress
    from benchmark.study.running.contexts import Workshop
    from benchmark.study.running.population_run import Stopped

    workshop = Workshop(plan.study, resources, say)
    if retry_failed and (count := workshop.store.forget_failures(plan.trials)):
        say(f"{count} failed trials are run again.")
    if left := workshop.store.missing(plan.trials):
        executor.check(left, workshop)  # before the display starts: it may have to fetch and train
    try:
        with LiveProgress(plan.trials, workshop.store, console) if executor.stays else nullcontext():
            return executor.run(plan.trials, workshop)
    except Stopped:
        raise Interrupted from None


def publish(plan: Plan | KeptPlan, store: Store, folder: Path, *, any_torch: bool = False) -> pd.DataFrame:
    """Writes the table, its summary and provenance, the figure and samples to the folder; returns the table.

    Raises:
        UserError: the trials cannot be compared.
    """
    from benchmark.analysis.figures.distribution import gallery, median_trials, save, score_distribution
    from benchmark.analysis.summary import as_markdown, as_text, summarise
    from benchmark.analysis.trials import checked
    from benchmark.columns import require_comparable
    from benchmark.files import write_atomically
    from benchmark.study.storage.provenance import provenance
    from benchmark.study.storage.table import table

    trials = table(plan.trials, store, plan.names)
    require_comparable(trials, any_torch=any_torch)
    trials["picture"] = copy_pictures(plan.trials, trials, store, folder)
    write_atomically(folder / "trials.csv", trials.to_csv(index=False).encode())
    write_atomically(folder / "summary.md", as_markdown(as_text(summarise(trials))).encode())
    write_atomically(folder / "provenance.json", json.dumps(provenance(plan.study, trials), indent=1).encode())
    for dataset, rows in checked(trials).groupby("dataset"):
        suffix = f"-{dataset}" if trials["dataset"].nunique() > 1 else ""
        save(score_distribution(rows), folder / f"{rows['score'].iloc[0]}{suffix}.png")
        medians = {
            f"{row.name}, {row.best:.1f}": folder / str(row.picture)
            for row in median_trials(rows).itertuples()
            if row.picture and (folder / str(row.picture)).exists()
        }
        if medians:
            save(gallery(medians), folder / f"median-samples{suffix}.png")
    return trials


def copy_pictures(planned: Sequence[Trial], trials: pd.DataFrame, store: Store, folder: Path) -> list[str]:
    """Copies the trials' sample grids into the folder; returns their paths in it, empty where there is none."""
    from benchmark.files import write_atomically

    wanted = set(trials["id"])
    if len(trials) > PICTURES:
        wanted = set()
        for _, rows in trials[trials["status"] == "ok"].groupby(["dataset", "loss", "optimiser"]):
            ordered = rows.sort_values("best")["id"].tolist()
            wanted |= {ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1]}
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    many = trials["dataset"].nunique() > 1
    paths = []
    for trial in planned:
        dataset = f"-{trial.dataset}" if many else ""
        optimiser = f"-{trial.optimiser}" if trial.optimiser != "adam" else ""
        name = f"samples/{trial.loss}{dataset}{optimiser}-sample-{trial.sample}-seed-{trial.seed}.png"
        found = trial.id in wanted and store.samples(trial).exists()
        if found:
            write_atomically(folder / name, store.samples(trial).read_bytes(), durable=False)
        paths.append(name if found else "")
    # Another process may be collecting the same study: the folder is never emptied.
    for picture in (folder / "samples").glob("*.png"):
        if f"samples/{picture.name}" not in paths:
            picture.unlink(missing_ok=True)
    return paths


def show(trials: pd.DataFrame, plan: Plan | KeptPlan, folder: Path) -> None:
    """Prints the summary and where the files are; exits with 1 if trials failed."""
    from benchmark.analysis.summary import as_text, summarise

    text = as_text(summarise(trials))
    title = f"{trials['score'].iloc[0]}, best checkpoint of each run; budget {trials['budget'].iloc[0]}"
    shown = Table(title=title, box=box.SIMPLE, title_justify="left")
    nothing_pending = ["pending"] if (text["pending"] == "0").all() else []
    one_dataset = ["dataset"] if text["dataset"].nunique() == 1 else []
    printed = text.drop(columns=[*one_dataset, *nothing_pending])
    for column in printed.columns:
        shown.add_column(column, justify="left" if column in ("dataset", "loss") else "right", no_wrap=True)
    for row in printed.itertuples(index=False):
        shown.add_row(*row)
    console.print(shown)
    for name in sorted(p.name for p in folder.iterdir()):
        say(f"{MEANINGS.get(name.partition('.')[0].partition('-')[0], ''):22} {folder / name}")
    failed = int((trials["status"] == "failed").sum())
    if failed:
        reasons = trials.loc[trials["status"] == "failed", "reason"].unique()
        console.print(
            f"{failed} trials failed: {'; '.join(map(str, reasons))}\nRun again with --retry-failed.",
            highlight=False,
            markup=False,
        )
        raise typer.Exit(1)


MEANINGS = {
    "trials": "one row per trial",
    "summary": "the table above",
    "provenance": "what made it",
    "samples": "samples of each run",
    "median": "samples of median runs",
    "fid_classifier": "FID distribution",
    "fid_inception": "FID distribution",
}
