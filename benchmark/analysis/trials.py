"""The table of trials: read, checked, and cut into the parts that each question needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.analysis.names import dataset_places, key, labels
from benchmark.columns import is_hyperparameter, require
from benchmark.plugins import UserError, unknown
from benchmark.table_file import read_table, require_trials, typed

DIVERGED = ("worst", "last-score")
"""How a trial that diverged may count: as the worst score, or with the best that it had before."""


def read_trials(path: str | Path, diverged: str = "worst") -> pd.DataFrame:
    """The table of trials in a CSV file, or in ``trials.csv`` of a folder, with a column ``name`` for each loss in print.

    Args:
        diverged: one of ``DIVERGED``; see ``count_last_scores`` for ``last-score``.

    Raises:
        UserError: there is no such file, it is no table of trials, one of its values cannot be one, or it was written before
            tables had what trials scored before they diverged.

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
    """The table with the best score before divergence as the score of each diverged trial that had one, as in the paper's code.

    Such trials have the status ``ok`` from then on, so that everything computed from the table counts them;
    ``scored_before_divergence`` knows them. A trial that diverged before its first evaluation still counts as the worst.
    The columns of other evaluations, ``last`` and ``selected``, stay infinite.

    Raises:
        UserError: the table has diverged trials and does not say what they scored.
    """
    diverged = table["status"] == "diverged"
    if not diverged.any():
        return table
    require(table, "best_before_divergence", source=source)
    had = diverged & table["best_before_divergence"].notna()
    return table.assign(best=table["best"].mask(had, table["best_before_divergence"]), status=table["status"].mask(had, "ok"))


def scored_before_divergence(table: pd.DataFrame) -> pd.Series:
    """Which trials diverged and count with the best score they had before; none unless ``count_last_scores`` made it so."""
    if "best_before_divergence" not in table:
        return pd.Series(False, table.index)
    return (table["status"] == "ok") & table["best_before_divergence"].notna()


def divergence_note(table: pd.DataFrame) -> str:
    """What a reader must know where diverged trials count with a score; empty where all count as the worst."""
    count = int(scored_before_divergence(table).sum())
    return (
        f"{count} of the trials with a score diverged later: their best score before counts, as in the paper's code."
        if count
        else ""
    )


def checked(table: pd.DataFrame, source: str = "the table") -> pd.DataFrame:
    """The table with every value of its column's type and the column ``name``; its rows in the order of the paper's tables.

    Raises:
        UserError: a column is missing, there is no row, or a value cannot be one.
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
        UserError: an unknown column, no such value, or a condition of another form.
    """
    for condition in conditions:
        column, equals, value = condition.partition("=")
        if not equals:
            raise UserError(f"{condition!r} is no condition; column=value is expected, for instance budget=quick.")
        require(table, column)
        kept = table[table[column].map(lambda cell, value=value: is_said(cell, value)).astype(bool)]
        if kept.empty:
            raise UserError(f"No trial has {column}={value}. There is: {', '.join(map(str, table[column].unique()[:20]))}.")
        table = kept
    return table.reset_index(drop=True)


def is_said(cell: object, value: str) -> bool:
    """Whether a text says a cell: a number in any way to write it, True and False in any case."""
    if str(cell) == value:
        return True
    if isinstance(cell, bool | np.bool_):
        return str(cell).lower() == value.lower()
    try:
        return isinstance(cell, int | float | np.integer) and float(cell) == float(value)
    except ValueError:
        return False


def worst_scored(table: pd.DataFrame, column: str = "best") -> pd.DataFrame:
    """The trials that ended, with a column ``value``: the score; for diverged and failed trials the data set's worst.

    The worst score is that of the worst ``ok`` trial of any loss on the data set, so that no number is invented. A data
    set without an ``ok`` trial has infinite values only.

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


def kind(table: pd.DataFrame) -> str:
    """What trials are: ``seeds`` if a setting has several, else ``search`` if a loss has several settings, else ``runs``."""
    return "seeds" if has_seeds(table) else "search" if is_search(table) else "runs"


NOT_A_GAN = "vae"
"""The key of the one loss here that trains no discriminator: a baseline beside the GANs."""


def is_gan(table: pd.DataFrame) -> pd.Series:
    """Which trials train a discriminator."""
    return table["loss"].map(lambda loss: key(str(loss))) != NOT_A_GAN


def compared_trials(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The trials that compare losses, and over what they vary: ``seeds`` if a setting has several, else ``samples``.

    Examples:
        >>> import benchmark
        >>> benchmark.compared_trials(benchmark.read_trials("results/studies/fashion-standard-seeds"))[1]
        'seeds'
        >>> benchmark.compared_trials(benchmark.read_trials("results/studies/fashion-standard"))[1]
        'samples'
    """
    return (seed_trials(table), "seeds") if has_seeds(table) else (search_trials(table), "samples")


def values_by_name(table: pd.DataFrame, dataset: str) -> dict[str, np.ndarray]:
    """The ``value`` column of each loss's trials on the data set, losses in the table's order.

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
    """The trials that a curve over k draws from, and what k counts.

    Of a search these are its settings, one trial each; otherwise all trials, which are seeds of one setting.
    """
    return (search_trials(table), "hyperparameter samples") if is_search(table) else (table, "seeds of one setting")


def varied_hyperparameters(table: pd.DataFrame) -> dict[str, list[str]]:
    """For each loss the columns of hyperparameters that take more than one value among its trials; no loss without one."""
    columns = hyperparameters(table)
    found = {str(name): [c for c in columns if of[c].nunique() > 1] for name, of in table.groupby("name", sort=False)}
    return {name: varying for name, varying in found.items() if varying}
