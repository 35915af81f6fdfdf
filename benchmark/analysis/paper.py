"""The paper's own numbers, and whether a table's scores are comparable with them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd

from benchmark.files import packaged


def best_fid() -> pd.DataFrame:
    """The best FID by data set and loss, as mean and std over 50 seeds (Lucic et al. 2018), with the facts behind it.

    Columns: dataset, loss, mean, std, n, the facts that ``comparable`` checks, note.
    """
    return _read("best_fid.csv")


def default_settings_fid() -> pd.DataFrame:
    """The approximate lowest FID of a GAN with its authors' default settings, one row per data set.

    Columns: dataset, best_gan, the facts that ``comparable`` checks, note.
    """
    return _read("default_settings_fid.csv")


def default_settings() -> pd.DataFrame:
    """The losses' default settings, one row per loss; switches are 0 or 1, and hyperparameters a loss lacks are missing.

    Columns: loss, and one for each hyperparameter.
    """
    return pd.read_csv(packaged("results/paper") / "default_settings.csv")


def train_against_test() -> pd.DataFrame:
    """The FID between training and test images, one row per data set. Columns: dataset, mean, std, score, images, note."""
    return _read("train_against_test_fid.csv")


def formulas() -> pd.DataFrame:
    """The losses' names and formulas in LaTeX, one row per loss. Columns: loss, name, discriminator, generator."""
    return _read("losses.csv")


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(packaged("results/paper") / name, keep_default_na=False)


def data_sets() -> pd.DataFrame:
    """The paper's data sets, one row each. Columns: dataset, name, shape, train, test, note."""
    return _read("datasets.csv")


@cache
def loss_names() -> Mapping[str, str]:
    """The printed names of the paper's losses, by key, in the paper's order."""
    table = formulas()
    return MappingProxyType(dict(zip(table["loss"], table["name"], strict=True)))


@cache
def dataset_names() -> Mapping[str, str]:
    """The printed names of the paper's data sets, by key, in the paper's order."""
    table = data_sets()
    return MappingProxyType(dict(zip(table["dataset"], table["name"], strict=True)))


NUMBERS = ("dataset", "loss", "mean", "std", "n", "best_gan", "note")
"""The columns with the paper's results; all other columns are facts that the results depend on."""


def comparable(trials: pd.DataFrame, paper: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The paper's rows that are comparable with the trials of one data set; if there are none, also the reason.

    A row is comparable with the trials of a loss if all facts that its numbers depend on agree: every column of ``paper``
    except ``NUMBERS`` must be as in the table of trials. A missing value counts as a mismatch. Trials without a score are
    ignored.

    Args:
        trials: with the column ``name``, which distinguishes losses, variants and optimisers.
        paper: one row per data set, or per data set and loss.

    Returns:
        The rows, by the name of the loss that each is comparable with, and the reason; the latter is about the loss that
        differs least.
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
    """The facts behind the paper's row that differ, or are unknown, for some of the trials; one text each."""
    found = []
    for fact in theirs.index.drop(list(NUMBERS), errors="ignore"):
        ours = set(trials[fact].where(trials[fact].notna(), "unknown")) if fact in trials else {"unknown"}
        if ours != {theirs[fact]}:
            found.append(f"{fact} {', '.join(map(plain, sorted(ours, key=str)))}, not {plain(theirs[fact])}")
    return found


def plain(value: object) -> str:
    """The value as text; whole numbers have no decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
