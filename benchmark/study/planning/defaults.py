"""The default setting of a loss: the paper's, or one tuned for a budget the paper did not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmark.columns import REQUIRED, hyperparameter_column, read_table, require
from benchmark.hyperparameters import Setting, Value
from benchmark.losses import Loss
from benchmark.plugins import UserError

QUICK_TABLE = Path(__file__).parent / "quick_defaults.csv"
"""The table of the study ``quick``: every sample with its score; the best of a loss is its default at the quick budget."""


def default_setting(loss: Loss, budget: str, dataset: str, hyperparameters: str, report: Callable[[str], None]) -> Setting:
    """The loss's setting by ``hyperparameters``: ``paper``, ``tuned`` or a table's path.

    Raises:
        UserError: none of these, or a table that has no scored sample of the loss.
    """
    choice = hyperparameters
    if choice == "paper":
        return dict(loss.defaults)
    if choice == "tuned" and budget != "quick":
        raise UserError(
            f"No tuned hyperparameters for the budget {budget}: only quick has them.\nUse paper, or the trials.csv of a study."
        )
    if choice != "tuned" and not choice.endswith(".csv"):
        raise UserError(f"Unknown hyperparameters {choice!r}. Known: paper, tuned, or the trials.csv of a study.")
    path = QUICK_TABLE if choice == "tuned" else Path(choice)
    table = read_table(path)
    require(table, *REQUIRED, "variant", source=str(path))
    best = best_setting(table, loss, dataset)
    if best is not None:
        return best
    if choice != "tuned":
        raise UserError(f"{path} has no scored trial of {loss.key}.\nA study that searches it gives one: see CONTRIBUTING.md.")
    report(
        f"{loss.name} has no setting tuned for the quick budget: its own defaults are used (CONTRIBUTING.md: how to tune it)."
    )
    return dict(loss.defaults)


def best_setting(table: pd.DataFrame, loss: Loss, dataset: str) -> Setting | None:
    """The setting of the loss's lowest score in the table, on the data set if it is there, else on any.

    Scores against validation images choose where the table has them, as in a study that takes its settings from another.
    """
    rows = table[(table["loss"].str.partition("@")[0] == loss.key) & (table["status"] == "ok") & (table["variant"] == "paper")]
    if (rows["dataset"] == dataset).any():
        rows = rows[rows["dataset"] == dataset]
    if rows.empty:
        return None
    chosen_by = "validation" if "validation" in rows and rows["validation"].notna().all() else "best"
    best = rows.sort_values(chosen_by).iloc[0]
    return {name: _like(best[hyperparameter_column(name)], value) for name, value in loss.defaults.items()}


def _like(cell: object, example: Value) -> Value:
    """The cell as a value of the example's type: CSV has one kind of number."""
    if isinstance(example, bool):
        return str(cell) in ("True", "1", "1.0")
    return type(example)(float(str(cell)))
