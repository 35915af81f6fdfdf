"""The table of trials: reads and checks it, and selects the trials for each question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.analysis.names import dataset_places, key, labels
from benchmark.columns import is_hyperparameter, require
from benchmark.plugins import UserError, unknown
from benchmark.table_file import read_table, require_trials, typed

DIVERGED = ("worst", "last-score")
"""How a diverged trial may count: as the worst score, or with its best score before divergence."""


def read_trials(path: str | Path, diverged: str = "worst") -> pd.DataFrame:
    """The table of trials in a CSV file, or in a folder's ``trials.csv``, with a column ``name`` for each loss's printed name.

    Args:
        path: the CSV file or the folder.
        diverged: one of ``DIVERGED``; see ``count_last_scores`` for ``last-score``.

    Raises:
        UserError: the file is missing, is not a table of trials or has an invalid value; or ``last-score`` is asked of a table
            from an old version, which has no scores before divergence.

    Examples:
        >>> import benchmark
        >>> trials = benchmark.read_trials("results/studies/fashion-standard-seeds")
        >>> trials["name"].nunique(), trials["seed"].nunique()
        (8, 15)
    """
    path = Path(path)
    if diverged not in DIVERGED:
        raise unknown("way to count diverged trials", diverged, [*DIVERGED])
    path = path / "trials.csv" if path.is_dir() else path
    table = _in_order(read_table(path), str(path))
    return count_last_scores(table, str(path)) if diverged == "last-score" else table


def count_last_scores(table: pd.DataFrame, source: str = "the table") -> pd.DataFrame:
    """The table with each diverged trial scored by its best score before divergence, as in the paper's code.

    These trials get the status ``ok``, so that everything computed from the table counts them; ``scored_before_divergence``
    finds them. A trial that diverged before its first evaluation still counts as the worst. The columns ``last`` and
    ``selected`` stay infinite.

    Raises:
        UserError: the table has diverged trials but not their earlier scores.
    """
    diverged = table["status"] == "diverged"
    if not diverged.any():
        return table
    require(table, "best_before_divergence", source=source)
    had = diverged & table["best_before_divergence"].notna()
    return table.assign(best=table["best"].mask(had, table["best_before_divergence"]), status=table["status"].mask(had, "ok"))


def scored_before_divergence(table: pd.DataFrame) -> pd.Series:
    """Whether each trial diverged but counts with its best earlier score, as ``count_last_scores`` arranges."""
    if "best_before_divergence" not in table:
        return pd.Series(False, table.index)
    return (table["status"] == "ok") & table["best_before_divergence"].notna()


def divergence_note(table: pd.DataFrame) -> str:
    """A note for readers if some diverged trials count with a score; empty if all count as the worst."""
    count = int(scored_before_divergence(table).sum())
    return (
        f"{count} of the trials with a score diverged later; their best score before that counts, as in the paper's code."
        if count
        else ""
    )


def checked(table: pd.DataFrame, source: str = "the table") -> pd.DataFrame:
    """The table with checked types, the column ``name``, and its rows in the order of the paper's tables.

    Raises:
        UserError: a column is missing, there are no rows, or a value is invalid.
    """
    return _in_order(typed(table, source), source)


def _in_order(table: pd.DataFrame, source: str) -> pd.DataFrame:
    require_trials(table, source)
    table = table.assign(name=labels(table), place=dataset_places(table))
    by = [c for c in ("place", "name", "sample", "seed") if c in table]
    table = table.sort_values(by, kind="stable", ignore_index=True).drop(columns="place")
    return table.assign(name=table["name"].astype(str))


def where(table: pd.DataFrame, conditions: list[str]) -> pd.DataFrame:
    """The rows that meet every condition ``column=value``.

    Raises:
        UserError: the column is unknown, no trial has the value, or the condition has another form.
    """
    for condition in conditions:
        column, equals, value = condition.partition("=")
        if not equals:
            raise UserError(f"{condition!r} is not a condition. Write column=value, for example budget=quick.")
        require(table, column)
        kept = table[table[column].map(lambda cell, value=value: is_said(cell, value)).astype(bool)]
        if kept.empty:
            raise UserError(f"No trial has {column}={value}. Values: {', '.join(map(str, table[column].unique()[:20]))}.")
        table = kept
    return table.reset_index(drop=True)


def is_said(cell: object, value: str) -> bool:
    """Whether a text stands for a cell's value: numbers in any notation, True and False in upper or lower case."""
    if str(cell) == value:
        return True
    if isinstance(cell, bool | np.bool_):
        return str(cell).lower() == value.lower()
    try:
        return isinstance(cell, int | float | np.integer) and float(cell) == float(value)
    except ValueError:
        return False


def worst_scored(table: pd.DataFrame, column: str = "best") -> pd.DataFrame:
    """The trials that ended, with a column ``value``: the score, or the data set's worst for diverged and failed trials.

    The worst score is that of the worst ``ok`` trial of any loss on the data set, so no number is invented. On a data set
    without an ``ok`` trial all values are infinite.

    Examples:
        >>> import benchmark, pandas as pd
        >>> trials = pd.DataFrame({"dataset": "mnist", "status": ["ok", "ok", "diverged"], "best": [8.0, 9.0, float("inf")]})
        >>> benchmark.worst_scored(trials)["value"].tolist()
        [8.0, 9.0, 9.0]
    """
    ended = table[table["status"] != "pending"].copy()
    scores = ended[column].astype(float).where(ended["status"] == "ok")
    worst = scores.groupby(ended["dataset"]).transform("max").fillna(np.inf)
    ended["value"] = scores.fillna(worst)
    return ended


def setting(table: pd.DataFrame) -> pd.Series:
    """A label for each trial's hyperparameter setting: its sample number, or its values if the table has no samples."""
    if "sample" in table:
        return table["sample"].astype(str)
    return table[hyperparameters(table)].astype(str).agg(" ".join, axis=1)


def hyperparameters(table: pd.DataFrame) -> list[str]:
    """The hyperparameter columns that have a value in at least one row."""
    return [c for c in table.columns if is_hyperparameter(c) and table[c].notna().any()]


def search_trials(table: pd.DataFrame) -> pd.DataFrame:
    """One trial for each setting of each loss and data set: the one with the lowest seed."""
    ordered = table.assign(setting=setting(table))
    ordered = ordered.sort_values("seed", kind="stable") if "seed" in table else ordered
    kept = ordered.drop_duplicates(["dataset", "name", "setting"]).sort_index()
    return kept.drop(columns="setting")


def seed_trials(table: pd.DataFrame) -> pd.DataFrame:
    """For each loss and data set, the trials of the setting with the most seeds; of equals, the first one."""
    labelled = table.assign(setting=setting(table))
    kept = []
    for _, trials in labelled.groupby(["dataset", "name"], sort=False):
        kept.append(trials[trials["setting"] == trials["setting"].value_counts(sort=False).idxmax()])
    return pd.concat(kept).sort_index().drop(columns="setting")


def is_search(table: pd.DataFrame) -> bool:
    """Whether any loss was run with more than one setting."""
    return bool((setting(table).groupby([table["dataset"], table["name"]]).nunique() > 1).any())


def has_seeds(table: pd.DataFrame) -> bool:
    """Whether any setting was run with more than one seed."""
    return len(search_trials(table)) < len(table)


def kind(table: pd.DataFrame) -> str:
    """The kind of table: ``seeds`` if a setting has several, else ``search`` if a loss has several settings, else ``runs``."""
    return "seeds" if has_seeds(table) else "search" if is_search(table) else "runs"


NOT_A_GAN = "vae"
"""The key of the only loss without a discriminator, a baseline for the GANs."""


def is_gan(table: pd.DataFrame) -> pd.Series:
    """Whether each trial trains a discriminator."""
    return table["loss"].map(lambda loss: key(str(loss))) != NOT_A_GAN


def compared_trials(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The trials that compare losses, and what they vary over: ``seeds`` if a setting has several, else ``samples``.

    Examples:
        >>> import benchmark
        >>> benchmark.compared_trials(benchmark.read_trials("results/studies/fashion-standard-seeds"))[1]
        'seeds'
        >>> benchmark.compared_trials(benchmark.read_trials("results/studies/fashion-standard"))[1]
        'samples'
    """
    return (seed_trials(table), "seeds") if has_seeds(table) else (search_trials(table), "samples")


def values_by_name(table: pd.DataFrame, dataset: str) -> dict[str, np.ndarray]:
    """The ``value`` column of each loss's trials on the data set, by loss name in the table's order.

    Examples:
        >>> import benchmark
        >>> trials, _ = benchmark.compared_trials(benchmark.read_trials("results/studies/fashion-standard-seeds"))
        >>> scores = benchmark.values_by_name(benchmark.worst_scored(trials), "fashion-mnist")
        >>> len(scores["LS GAN"])
        15
    """
    trials = table[table["dataset"] == dataset]
    return {str(name): of["value"].to_numpy(float) for name, of in trials.groupby("name", sort=False)}


def curve_trials(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The trials from which a curve over k draws, and what k counts.

    In a search these are its settings, one trial each; otherwise all trials, which are seeds of one setting.
    """
    return (search_trials(table), "hyperparameter samples") if is_search(table) else (table, "seeds of one setting")


def varied_hyperparameters(table: pd.DataFrame) -> dict[str, list[str]]:
    """For each loss, the hyperparameter columns with more than one value among its trials; losses without any are left out."""
    columns = hyperparameters(table)
    found = {str(name): [c for c in columns if of[c].nunique() > 1] for name, of in table.groupby("name", sort=False)}
    return {name: varying for name, varying in found.items() if varying}
