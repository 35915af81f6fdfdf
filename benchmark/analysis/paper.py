"""The paper's own numbers, and whether a table's scores may stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

FOLDER = Path(__file__).parents[2] / "results" / "paper"


def best_fid(folder: Path = FOLDER) -> pd.DataFrame:
    """Best FID by data set and loss, mean and std over 50 seeds (Lucic et al. 2018); empty where the file is not installed."""
    columns = ["dataset", "loss", "mean", "std", "n", "score", "steps", "width", "images", "note"]
    path = folder / "best_fid.csv"
    return pd.read_csv(path, keep_default_na=False) if path.exists() else pd.DataFrame(columns=columns)


def formulas(folder: Path = FOLDER) -> pd.DataFrame:
    """The losses' formulas in LaTeX, a row per loss; empty where the file is not installed."""
    path = folder / "losses.csv"
    return (
        pd.read_csv(path, keep_default_na=False)
        if path.exists()
        else pd.DataFrame(columns=["loss", "name", "discriminator", "generator"])
    )


def data_sets(folder: Path = FOLDER) -> pd.DataFrame:
    """The paper's data sets: key, name, images' shape, how many train and test; empty where the file is not installed."""
    path = folder / "datasets.csv"
    columns = ["dataset", "name", "shape", "train", "test", "note"]
    return pd.read_csv(path, keep_default_na=False) if path.exists() else pd.DataFrame(columns=columns)


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
