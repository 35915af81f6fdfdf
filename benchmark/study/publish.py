"""Publishing: the table of a plan's trials, its summary, provenance and pictures, in one folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from benchmark.analysis.figures.distribution import score_distribution
from benchmark.analysis.figures.panels import save
from benchmark.analysis.figures.samples import gallery
from benchmark.analysis.pictures import chosen_trials, titled_pictures
from benchmark.analysis.reliability import doubts_of
from benchmark.analysis.summary import as_markdown, as_text, summary_of
from benchmark.analysis.trials import checked
from benchmark.columns import require_comparable
from benchmark.evaluations import EVALUATIONS
from benchmark.files import NotAFile, open_plain, require_file_name, write_atomically
from benchmark.study.storage.provenance import provenance
from benchmark.study.storage.records.transfer import GENERATORS, write_records
from benchmark.study.storage.store import ReadOnce, Store
from benchmark.study.storage.table import evaluations, table
from benchmark.study.trial import Trial

if TYPE_CHECKING:  # a kept plan is published without loading torch
    from benchmark.study.planning.plan import Plan
    from benchmark.study.planning.plan_cache import KeptPlan

MOST_PICTURES = 100  # a table of more trials keeps pictures of best, median and worst runs only


@dataclass(frozen=True, kw_only=True)
class Published:
    """A study's published results.

    Attributes:
        trials: the table of trials, one row each.
        folder: holds the table, its summary, provenance, figures and samples.

    Examples:
        The table of a published study can be read again from its folder:

        >>> import benchmark
        >>> scores = ["wasserstein", "modes"]
        >>> study = benchmark.Study(name="rings", losses="wgan", datasets="ring", budget="smoke", metrics=scores)
        >>> published = benchmark.run_study(study)
        >>> len(benchmark.read_trials(published.folder)) == len(published.trials)
        True
    """

    trials: pd.DataFrame
    folder: Path


def publish(
    plan: Plan | KeptPlan, store: Store, folder: Path, *, any_torch: bool = False, generators: bool = False
) -> pd.DataFrame:
    """Writes the table, all evaluations, the records behind both, summary, provenance, figure and samples to the folder.

    Args:
        generators: whether the generators of each loss's median runs are published too.

    Returns the table.

    Raises:
        UserError: the trials cannot be compared.
    """
    store = ReadOnce(store)
    write_records(plan.trials, store, folder)
    write_atomically(folder / EVALUATIONS, evaluations(plan.trials, store).to_csv(index=False).encode())
    trials = table(plan.trials, store, plan.names)
    return publish_table(plan, trials, store, folder, any_torch=any_torch, generators=generators)


def publish_table(
    plan: Plan | KeptPlan,
    trials: pd.DataFrame,
    store: Store,
    folder: Path,
    *,
    any_torch: bool = False,
    generators: bool = False,
) -> pd.DataFrame:
    """Writes the files of ``publish`` for a table with a row for each of the plan's trials; returns it with its pictures.

    Raises:
        UserError: the trials cannot be compared.
    """
    require_comparable(trials, any_torch=any_torch)
    compared = checked(trials)
    trials["picture"] = copy_pictures(plan.trials, compared, store, folder)
    compared["picture"] = compared["id"].map(trials.set_index("id")["picture"])
    write_atomically(folder / "trials.csv", trials.to_csv(index=False).encode())
    notes = "".join(f"\n{doubt}\n" for doubt in doubts_of(compared))
    write_atomically(folder / "summary.md", (as_markdown(as_text(summary_of(compared))) + notes).encode())
    ended = [result for trial in plan.trials if (result := store.result(trial)) is not None]
    write_atomically(folder / "provenance.json", json.dumps(provenance(plan.study, trials, ended), indent=1).encode())
    for dataset, rows in compared.groupby("dataset"):
        suffix = f"-{dataset}" if trials["dataset"].nunique() > 1 else ""
        save(score_distribution(rows), folder / f"{rows['score'].iloc[0]}{suffix}.png")
        medians = titled_pictures(compared, str(dataset), "median", folder)
        if medians:
            save(gallery(medians), folder / f"median-samples{suffix}.png")
    if generators:
        copy_generators(plan.trials, compared, store, folder)
    return trials


def copy_generators(planned: Sequence[Trial], trials: pd.DataFrame, store: Store, folder: Path) -> None:
    """Copies the generators of each loss's median runs into the folder, and removes other generators there."""
    medians = set(chosen_trials(trials, "median")["id"])
    for old in (folder / GENERATORS).glob("*.safetensors"):
        if old.stem not in medians:
            old.unlink(missing_ok=True)
    for trial in planned:
        if trial.id in medians and (content := kept_file(store.generator(trial))) is not None:
            write_atomically(folder / GENERATORS / f"{trial.id}.safetensors", content)


def copy_pictures(planned: Sequence[Trial], trials: pd.DataFrame, store: Store, folder: Path) -> list[str]:
    """Copies the trials' sample grids into the folder; returns their paths in it, or "" for a trial without one."""
    wanted = set(trials["id"])
    if len(trials) > MOST_PICTURES:
        wanted = {name for which in ("best", "median", "worst") for name in chosen_trials(trials, which)["id"]}
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    several = trials["dataset"].nunique() > 1
    paths = []
    for trial in planned:
        name = f"samples/{picture_name(trial, several)}"
        content = kept_file(store.samples(trial)) if trial.id in wanted else None
        if content is not None:
            write_atomically(folder / name, content, durable=False)
        paths.append("" if content is None else name)
    # Another process may be collecting the same study: the folder is never emptied.
    for picture in (folder / "samples").glob("*.png"):
        if f"samples/{picture.name}" not in paths:
            picture.unlink(missing_ok=True)
    return paths


def picture_name(trial: Trial, several: bool) -> str:
    """The file of the trial's samples.

    Args:
        several: whether the table has several data sets.
    """
    dataset = f"-{trial.dataset}" if several else ""
    choices = "".join(f"-{value}" for value in trial.unusual.values())
    return f"{trial.loss}{dataset}{choices}-sample-{trial.sample}-seed-{trial.seed}.png"


def require_publishable(trials: Sequence[Trial]) -> None:
    """Checks, before any training, that the file names of a plan's trials are short enough.

    Raises:
        UserError: a name is too long.
    """
    datasets = {trial.dataset for trial in trials}
    names = [picture_name(trial, len(datasets) > 1) for trial in trials]
    if len(datasets) > 1:
        names += [f"{score}-{trial.dataset}.png" for trial in trials for score in (*trial.metrics, "median-samples")]
    for name in dict.fromkeys(names):
        require_file_name(name, "A file of the study", "Give the loss, its parts or the data set a shorter name")


def kept_file(path: Path) -> bytes | None:
    """The content of a file that a trial kept; None if there is none. Links are not followed: others may have made them."""
    try:
        with open_plain(path, follow=False) as file:
            return file.read()
    except (FileNotFoundError, IsADirectoryError, NotAFile):
        return None


def study_folder(results: Path, name: str) -> Path:
    """The folder for a study's table."""
    return results / "studies" / name
