"""The table of trials: read, checked, and cut into the parts that each question needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.analysis.names import dataset_places, labels
from benchmark.columns import NUMBERS, REQUIRED, STATUSES, is_hyperparameter, read_table, renamed, require
from benchmark.plugins import UserError


def read_trials(path: Path) -> pd.DataFrame:
    """The table of trials in a CSV file, or in ``trials.csv`` of a folder, with a column ``name`` for each loss in print.

    Raises:
        UserError: there is no such file, it is no table of trials, or one of its values cannot be one.
    """
    path = path / "trials.csv" if path.is_dir() else path
    return checked(read_table(path), str(path))


def checked(table: pd.DataFrame, source: str = "the table") -> pd.DataFrame:
    """The table with numbers as numbers and the column ``name``; its rows in the order of the paper's tables.

    Raises:
        UserError: a column is missing, there is no row, or a value cannot be one.
    """
    table = renamed(table)
    require(table, *REQUIRED, source=source)
    if table.empty:
        raise UserError(f"{source} has no trials, only a header.")
    table = table.copy()
    if unknown := sorted(set(table["status"].astype(str)) - set(STATUSES)):
        raise UserError(f"{source}: unknown status {', '.join(unknown)}. Known: {', '.join(STATUSES)}.")
    for column in NUMBERS:
        if column in table:
            numbers = pd.to_numeric(table[column], errors="coerce")
            if len(wrong := table[column][numbers.isna() & table[column].notna()]):
                raise UserError(f"{source}: {column} of row {wrong.index[0] + 1} is {wrong.iloc[0]!r}, not a number.")
            table[column] = numbers
    finished = table.loc[table["status"] == "ok", "best"]
    if len(wrong := finished[~np.isfinite(finished.astype(float))]):
        raise UserError(f"{source}: row {wrong.index[0] + 1} has the status ok but no score in the column best.")
    for column in (c for c in REQUIRED if c not in NUMBERS):
        if table[column].isna().any():
            raise UserError(f"{source}: row {int(np.flatnonzero(table[column].isna())[0]) + 1} has no {column}.")
    if "id" in table and table["id"].duplicated().any():
        raise UserError(f"{source}: the trial {table.loc[table['id'].duplicated(), 'id'].iloc[0]} is there twice.")
    table["name"] = labels(table)
    table["place"] = dataset_places(table)
    by = [c for c in ("place", "name", "sample", "seed") if c in table]
    table = table.sort_values(by, kind="stable", ignore_index=True).drop(columns="place")
    table["name"] = table["name"].astype(str)
    return table


def where(table: pd.DataFrame, conditions: list[str]) -> pd.DataFrame:
    """The rows that meet every condition ``column=value``.

    Raises:
        UserError: an unknown column, no such value, or a condition of another form.
    """
    for condition in conditions:
        column, equals, value = condition.partition("=")
        if not equals:
            raise UserError(f"{condition!r} is no condition; column=value is expected, for instance budget=quick.")
        require(table, column)
        kept = table[table[column].astype(str) == value]
        if kept.empty:
            raise UserError(f"No trial has {column}={value}. There is: {', '.join(map(str, table[column].unique()[:20]))}.")
        table = kept
    return table.reset_index(drop=True)


def worst_scored(table: pd.DataFrame, column: str = "best") -> pd.DataFrame:
    """The trials that ended, with a column ``value``: the score; for diverged and failed trials the data set's worst.

    The worst score is that of the worst ``ok`` trial of any loss on the data set, so that no number is invented. A data
    set without an ``ok`` trial has infinite values only.
    """
    ended = table[table["status"] != "pending"].copy()
    scores = ended[column].astype(float).where(ended["status"] == "ok")
    worst = scores.groupby(ended["dataset"]).transform("max").fillna(np.inf)
    ended["value"] = scores.fillna(worst)
    return ended


def setting(table: pd.DataFrame) -> pd.Series:
    """A label of each trial's hyperparameter setting: its sample, or its values where the table has no samples."""
    if "sample" in table:
        return table["sample"].astype(str)
    return table[hyperparameters(table)].astype(str).agg(" ".join, axis=1)


def hyperparameters(table: pd.DataFrame) -> list[str]:
    """The columns of hyperparameters that have a value in some row."""
    return [c for c in table.columns if is_hyperparameter(c) and table[c].notna().any()]


def search_trials(table: pd.DataFrame) -> pd.DataFrame:
    """One trial of each setting of each loss and data set: that of its lowest seed."""
    ordered = table.assign(setting=setting(table))
    ordered = ordered.sort_values("seed", kind="stable") if "seed" in table else ordered
    kept = ordered.drop_duplicates(["dataset", "name", "setting"]).sort_index()
    return kept.drop(columns="setting")


def seed_trials(table: pd.DataFrame) -> pd.DataFrame:
    """For each loss and data set the trials of the setting that has the most seeds, the first one of equals."""
    labelled = table.assign(setting=setting(table))
    kept = []
    for _, trials in labelled.groupby(["dataset", "name"], sort=False):
        kept.append(trials[trials["setting"] == trials["setting"].value_counts(sort=False).idxmax()])
    return pd.concat(kept).sort_index().drop(columns="setting")


def is_search(table: pd.DataFrame) -> bool:
    """Whether some loss was tried with more than one setting."""
    return bool((setting(table).groupby([table["dataset"], table["name"]]).nunique() > 1).any())


def has_seeds(table: pd.DataFrame) -> bool:
    """Whether some setting was tried under more than one seed."""
    return len(search_trials(table)) < len(table)


def compared_trials(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The trials that compare losses, and over what they vary: ``seeds`` if a setting has several, else ``samples``."""
    return (seed_trials(table), "seeds") if has_seeds(table) else (search_trials(table), "samples")


def values_by_name(table: pd.DataFrame, dataset: str) -> dict[str, np.ndarray]:
    """The ``value`` column of each loss's trials on the data set, losses in the table's order."""
    trials = table[table["dataset"] == dataset]
    return {str(name): of["value"].to_numpy(float) for name, of in trials.groupby("name", sort=False)}


def curve_trials(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The trials that a curve over the budget draws from, and what its budget counts.

    Of a search these are its settings, one trial each; otherwise all trials, which are seeds of one setting.
    """
    return (search_trials(table), "hyperparameter samples") if is_search(table) else (table, "seeds of one setting")


def varied_hyperparameters(table: pd.DataFrame) -> dict[str, list[str]]:
    """For each loss the columns of hyperparameters that take more than one value among its trials; no loss without one."""
    columns = hyperparameters(table)
    found = {str(name): [c for c in columns if of[c].nunique() > 1] for name, of in table.groupby("name", sort=False)}
    return {name: varying for name, varying in found.items() if varying}
