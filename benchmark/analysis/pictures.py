"""Chooses the trials whose samples are shown, and finds their pictures."""

from __future__ import annotations

from os.path import isfile, realpath
from pathlib import Path
from typing import Literal

import pandas as pd

from benchmark.analysis.formats import number
from benchmark.analysis.trials import compared_trials


def chosen_trials(table: pd.DataFrame, which: Literal["best", "median", "worst"]) -> pd.DataFrame:
    """For each data set and loss, the ``ok`` trial with the best, median or worst score among the trials that compare losses.

    For an even number of trials the median is the lower of the two middle ones. Rows are in the order of the table; a loss
    without an ``ok`` trial has no row.

    Args:
        table: a table returned by ``checked``.
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
    """The picture of each loss's chosen trial on the data set, keyed by a title with its score.

    Every loss has an entry; its value is None if the picture is missing or the loss has no score. The result is empty if there
    are no pictures at all.

    Args:
        table: a table returned by ``checked``.
        folder: the folder that the paths in the column ``picture`` are relative to.
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
    """The path of the picture named in the column ``picture``, relative to the table's folder; None if there is none."""
    name = row.get("picture")
    if folder is None or not isinstance(name, str) or not name:
        return None
    path = Path(realpath(folder / name))  # realpath accepts impossible file names and circular links
    return path if path.is_relative_to(realpath(folder)) and isfile(path) else None
