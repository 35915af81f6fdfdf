"""Which trials' samples are shown, and where their pictures are."""

from __future__ import annotations

from os.path import isfile, realpath
from pathlib import Path
from typing import Literal

import pandas as pd

from benchmark.analysis.formats import number
from benchmark.analysis.trials import compared_trials


def chosen_trials(table: pd.DataFrame, which: Literal["best", "median", "worst"]) -> pd.DataFrame:
    """For each data set and loss the ``ok`` trial of best, median or worst score among the trials that compare losses.

    Of an even number of trials the median is the lower of the two in the middle. Rows are in the order of the table; a loss
    without an ``ok`` trial has none.

    Args:
        table: as ``checked`` returns it.
    """
    trials = compared_trials(table)[0]
    ok = trials[trials["status"] == "ok"].sort_values("best", kind="stable")
    rows = []
    for _, of_loss in ok.groupby(["dataset", "name"], sort=False):
        rows.append(of_loss.iloc[[{"best": 0, "median": (len(of_loss) - 1) // 2, "worst": -1}[which]]])
    return pd.concat(rows).sort_index() if rows else ok


def titled_pictures(
    table: pd.DataFrame, dataset: str, which: Literal["best", "median", "worst"], folder: Path | None
) -> dict[str, Path | None]:
    """The picture of each loss's chosen trial on the data set, by a title with its score.

    None is a trial whose picture is not there, or a loss without a score: no loss goes missing. Empty if there is no picture
    at all.

    Args:
        table: as ``checked`` returns it.
        folder: where the pictures of the column ``picture`` are.
    """
    trials = compared_trials(table)[0]
    chosen = chosen_trials(table, which)
    of_name = {row["name"]: row for _, row in chosen[chosen["dataset"] == dataset].iterrows()}
    pictures: dict[str, Path | None] = {}
    for name in dict.fromkeys(trials.loc[trials["dataset"] == dataset, "name"]):
        row = of_name.get(name)
        title = f"{name}, no score" if row is None else f"{name}, {number(float(row['best']))}"
        pictures[title] = None if row is None else picture_of(row, folder)
    return pictures if any(pictures.values()) else {}


def picture_of(row: pd.Series, folder: Path | None) -> Path | None:
    """The picture that the column ``picture`` names, relative to the table's folder; None where there is none."""
    name = row.get("picture")
    if folder is None or not isinstance(name, str) or not name:
        return None
    path = Path(realpath(folder / name))  # which takes names that no file can have, and links that lead in circles
    return path if path.is_relative_to(realpath(folder)) and isfile(path) else None
