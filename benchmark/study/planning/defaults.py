"""The default setting of a loss: the paper's, or one tuned for a budget that the paper did not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.columns import hyperparameter_column, require, rows_with
from benchmark.factors import USUAL, VARIANT, Choices
from benchmark.hyperparameters import Domain, Setting, Value
from benchmark.losses import Loss
from benchmark.plugins import UserError
from benchmark.study.planning.names import require_defaults
from benchmark.table_file import read_table, require_trials

TUNED_TABLE = Path(__file__).parent / "tuned_defaults.csv"
"""The best setting of each loss in the published searches, at the quick and at the standard budget (``make tune``)."""


def default_setting(
    loss: Loss,
    budget: str,
    dataset: str,
    hyperparameters: str,
    report: Callable[[str], None],
    choices: Choices = USUAL,
) -> Setting:
    """The loss's setting by ``hyperparameters``: ``paper``, ``tuned`` or a table's path.

    A penalty's hyperparameters have its own defaults, unless the table has trials of the loss with this penalty.

    Args:
        choices: those with which the loss was made.

    Raises:
        UserError: another choice, or a table without a scored trial of the loss, or with a value that the loss cannot have.
    """
    choice = hyperparameters
    require_defaults(choice, budget)
    if choice == "paper":
        return dict(loss.defaults)
    path = TUNED_TABLE if choice == "tuned" else Path(choice)
    table = read_table(path)
    if choice == "tuned":
        table = table[table["budget"] == budget]
    require_trials(table, str(path))
    require(table, "variant", source=str(path))
    best = best_setting(table, loss, choices, dataset, str(path))
    if best is not None:
        return best
    if choice != "tuned":
        raise UserError(f"{path} has no scored trial of {loss.key}.\nSearch its settings first: see CONTRIBUTING.md.")
    report(f"{loss.name} has no setting tuned for {budget}: its own defaults are used (CONTRIBUTING.md: how to tune it).")
    return dict(loss.defaults)


def best_setting(table: pd.DataFrame, loss: Loss, choices: Choices, dataset: str, source: str = "the table") -> Setting | None:
    """The setting of the loss's lowest score in the table, on the data set if the table has it, else on the table's first.

    Validation scores choose if the table has them, as in a study that takes its settings from another. If the table has no
    trial with these choices, its trials with the usual choices decide the hyperparameters that both have.

    Raises:
        UserError: a hyperparameter's column or value is missing, or the loss cannot have the value.
    """
    scored = table[(table["loss"].str.partition("@")[0] == loss.key) & (table["status"] == "ok")]
    rows, names = rows_with(scored, replace(choices, variant=VARIANT.usual)), list(loss.defaults)
    if rows.empty:
        rows, names = rows_with(scored, USUAL), [name for name in loss.defaults if name in type(loss).defaults]
    if rows.empty:
        return None
    there = rows["dataset"].unique()
    rows = rows[rows["dataset"] == (dataset if dataset in there else there[0])]
    chosen_by = "validation" if "validation" in rows and rows["validation"].notna().all() else "best"
    best = rows.sort_values(chosen_by).iloc[0]
    require(table, *map(hyperparameter_column, names), source=source)
    setting: Setting = dict(loss.defaults)
    domains = loss.hyperparameters()
    for name in names:
        column = hyperparameter_column(name)
        value = value_of(best[column], domains[name], loss.defaults[name])
        if value not in domains[name]:
            said = "is empty" if pd.isna(best[column]) else f"= {value!r}"
            raise UserError(f"{source}, row {int(str(best.name)) + 1}: {column} {said}: {loss.name} needs {domains[name]}.")
        setting[name] = value
    return setting


def value_of(cell: Any, domain: Domain, default: Value) -> Value:
    """The cell as a value of the domain's type if possible: CSV has only one type of number, and some write True as 1."""
    if domain.kind == "yes or no":
        return bool(cell) if cell in (0, 1) else cell
    whole = not isinstance(cell, bool) and float(cell).is_integer()
    if whole and (domain.kind == "whole number" or isinstance(default, int)):
        return int(cell)
    return bool(cell) if isinstance(cell, bool | np.bool_) else float(cell)
