"""The evaluations of a run, and what they come to: its best score, its last, and the one that validation images choose."""

from __future__ import annotations

from collections.abc import Iterable

from benchmark.columns import score_column

Scores = list[dict[str, float]]
"""One row per evaluation: ``step``, the scores by name, and the mean of each logged scalar since the row before."""
VALIDATION = "_validation"  # ends the name of a score against the validation split
EVALUATIONS = "evaluations.csv"
"""Beside a study's table: a row per evaluation, with the trial's ``id``, its ``step`` and a column for each score."""


def best_score(scores: Scores, name: str) -> dict[str, float] | None:
    """The row of the lowest score; None if there is none."""
    return min(scores, key=lambda row: row[name], default=None)


def best_is_last(scores: Scores, name: str) -> bool:
    """Whether the latest score is the best one so far."""
    return bool(scores) and scores[-1] == best_score(scores, name)


def summary_of(scores: Scores, name: str) -> dict[str, float | int]:
    """The columns of the score of that name of a run that was scored at least once."""
    best = best_score(scores, name)
    assert best is not None
    values: dict[str, float | int] = {"best": best[name], "best_step": int(best["step"]), "last": scores[-1][name]}
    if name + VALIDATION in scores[0]:
        chosen = min(scores, key=lambda row: row[name + VALIDATION])
        values["selected"], values["validation"] = chosen[name], chosen[name + VALIDATION]
        values["validation_last"] = scores[-1][name + VALIDATION]
    return values


def further_at_best(scores: Scores, name: str, names: Iterable[str]) -> dict[str, float]:
    """Those of the scores called ``names`` that are others, at the best evaluation, by their columns."""
    best = best_score(scores, name)
    assert best is not None
    return {score_column(other): best[other] for other in names if other not in (name, name + VALIDATION)}
