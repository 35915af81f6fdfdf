"""A study's results at fewer steps: every intermediate evaluation is the score of a shorter run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmark.columns import VALUES, require
from benchmark.evaluations import EVALUATIONS, further_at_best, summary_of
from benchmark.plugins import UserError
from benchmark.table_file import read_table


def read_evaluations(folder: Path) -> pd.DataFrame | None:
    """The evaluations in the folder of a table of trials; None if there are none.

    Raises:
        UserError: the file is not a table of evaluations.
    """
    path = folder / EVALUATIONS
    if not path.exists():
        return None
    found = read_table(path)
    require(found, "id", "step", source=str(path))
    return found


def common_steps(trials: pd.DataFrame, evaluations: pd.DataFrame) -> list[int]:
    """The steps at which every trial that ended ``ok`` was scored, ascending."""
    ended = trials.loc[trials["status"] == "ok", "id"]
    counts = evaluations[evaluations["id"].isin(ended)].groupby("step").size()
    return [int(step) for step in counts.index[counts == len(ended)]]


def stopped_at(trials: pd.DataFrame, evaluations: pd.DataFrame, step: int) -> pd.DataFrame:
    """The table of trials as it would be if every run had ended after ``step`` steps; all trials must have one score.

    Only evaluations up to that step count. A run that diverged later has a score.

    Raises:
        UserError: a trial was not scored after ``step`` steps.
    """
    if step not in (steps := common_steps(trials, evaluations)):
        raise UserError(f"Not every trial was scored after {step} steps. All were scored after: {', '.join(map(str, steps))}.")
    score = str(trials["score"].iloc[0])
    until = evaluations[evaluations["step"] <= step].sort_values("step", kind="stable").groupby("id")
    values = {name: _values(rows, score) for name, rows in until if rows["step"].iloc[-1] == step}
    rows = []
    for trial in trials.to_dict("records"):
        if trial["status"] in ("ok", "diverged") and trial["id"] in values:
            trial.update({**dict.fromkeys(VALUES), **values[trial["id"]], "status": "ok", "ended_at_step": step, "reason": ""})
        rows.append({**trial, "steps": step})
    return pd.DataFrame(rows)[list(trials)]


def _values(rows: pd.DataFrame, score: str) -> dict[str, float | int]:
    """The score columns of a run that has these evaluations, given in the order of their steps."""
    scores = [
        {str(name): float(value) for name, value in row.dropna().items()} for _, row in rows.drop(columns="id").iterrows()
    ]
    return summary_of(scores, score) | further_at_best(scores, score, [name for name in scores[0] if name != "step"])
