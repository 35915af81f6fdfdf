"""The paper's own numbers, and whether a table's scores may stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd

from benchmark.files import packaged


def best_fid() -> pd.DataFrame:
    """Best FID by data set and loss, mean and std over 50 seeds (Lucic et al. 2018), with the budget it belongs to.

    Columns: dataset, loss, mean, std, n, score, steps, width, images, note.
    """
    return _read("best_fid.csv")


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


def comparable(trials: pd.DataFrame, paper: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The paper's rows that may stand beside the trials of one data set, or none and the reason why not."""
    dataset = str(trials["dataset"].iloc[0])
    rows = paper[paper["dataset"] == dataset]
    if rows.empty:
        return rows, "the paper has none for this data set"
    differing = []
    for column in ("score", "steps", "width", "images"):
        theirs = rows[column].iloc[0]
        ours = list(trials[column].unique()) if column in trials else ["unknown"]
        if ours != [theirs]:
            differing.append(f"{column} {', '.join(map(str, ours))}, not {theirs}")
    return (rows.iloc[:0], "; ".join(differing)) if differing else (rows, "")
