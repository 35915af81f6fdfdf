"""The paper's own numbers, and whether a table's scores may stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd

from benchmark.files import packaged


def best_fid() -> pd.DataFrame:
    """Best FID by data set and loss, mean and std over 50 seeds (Lucic et al. 2018), with all that it depends on.

    Columns: dataset, loss, mean, std, n, the facts that ``comparable`` looks at, note.
    """
    return _read("best_fid.csv")


def default_settings_fid() -> pd.DataFrame:
    """The lowest FID of a GAN at the authors' default settings, about, a row per data set.

    Columns: dataset, best_gan, the facts that ``comparable`` looks at, note.
    """
    return _read("default_settings_fid.csv")


def default_settings() -> pd.DataFrame:
    """The losses' default settings, a row per loss; switches are 0 or 1, and what a loss does not have is missing.

    Columns: loss, and one for each hyperparameter.
    """
    return pd.read_csv(packaged("results/paper") / "default_settings.csv")


def train_against_test() -> pd.DataFrame:
    """The FID of training against test images, a row per data set. Columns: dataset, mean, std, score, images, note."""
    return _read("train_against_test_fid.csv")


def formulas() -> pd.DataFrame:
    """The losses' names and formulas in LaTeX, a row per loss. Columns: loss, name, discriminator, generator."""
    return _read("losses.csv")


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(packaged("results/paper") / name, keep_default_na=False)


def data_sets() -> pd.DataFrame:
    """The paper's data sets, a row each. Columns: dataset, name, shape, train, test, note."""
    return _read("datasets.csv")


@cache
def loss_names() -> Mapping[str, str]:
    """The names in print of the paper's losses by key, in the paper's order."""
    table = formulas()
    return MappingProxyType(dict(zip(table["loss"], table["name"], strict=True)))


@cache
def dataset_names() -> Mapping[str, str]:
    """The names in print of the paper's data sets by key, in the paper's order."""
    table = data_sets()
    return MappingProxyType(dict(zip(table["dataset"], table["name"], strict=True)))


NUMBERS = ("dataset", "loss", "mean", "std", "n", "best_gan", "note")
"""What a row of the paper says; its other columns are facts, on which what it says depends."""


def comparable(trials: pd.DataFrame, paper: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The paper's rows that may stand beside the trials of one data set, or none and the reason why not.

    A row stands beside the trials of a loss if all facts agree that its numbers depend on: the columns of ``paper`` beside
    ``NUMBERS``, each as in the table of trials. What the table does not say is unknown, which is no agreement. Trials without a
    score do not count.

    Args:
        trials: with the column ``name``, by which losses, variants and optimisers are told apart.
        paper: with rows by data set, or by data set and loss.

    Returns:
        The rows by the name of the loss that each may stand beside; the reason is that of the loss that differs least.
    """
    dataset = str(trials["dataset"].iloc[0])
    rows = paper[paper["dataset"] == dataset]
    if rows.empty:
        return rows, "the paper has none for this data set"
    found, reasons = [rows.iloc[:0]], []
    for name, of_loss in trials[trials["status"] == "ok"].groupby("name", sort=False):
        theirs = rows[rows["loss"] == of_loss["loss"].iloc[0]] if "loss" in rows else rows
        if theirs.empty:
            reasons.append(f"the paper has none for {name}")
        elif differing := differences(of_loss, theirs.iloc[0]):
            reasons.append("; ".join(differing))
        else:
            found.append(theirs.set_axis([str(name)]))
    beside = pd.concat(found)
    return beside, "" if len(beside) else min(reasons, key=len, default="no trial has a score")


def differences(trials: pd.DataFrame, theirs: pd.Series) -> list[str]:
    """Each fact behind the paper's row that is another one or unknown for some of the trials."""
    found = []
    for fact in theirs.index.drop(list(NUMBERS), errors="ignore"):
        ours = set(trials[fact].where(trials[fact].notna(), "unknown")) if fact in trials else {"unknown"}
        if ours != {theirs[fact]}:
            found.append(f"{fact} {', '.join(map(plain, sorted(ours, key=str)))}, not {plain(theirs[fact])}")
    return found


def plain(value: object) -> str:
    """The value as a reader writes it: whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
