"""The paper's own numbers, and whether a table's scores may stand beside them."""

from __future__ import annotations

from pathlib import Path

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
        else pd.DataFrame(columns=["loss", "discriminator", "generator"])
    )


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
