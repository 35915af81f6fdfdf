"""The evaluations of a run and their summary: its best score, its last, and the one chosen on validation images."""

from __future__ import annotations

from collections.abc import Iterable

from benchmark.columns import score_column

Scores = list[dict[str, float]]
"""One row per evaluation: ``step``, the scores by name, and the mean of each logged scalar since the previous row."""
VALIDATION = "_validation"  # suffix of the names of scores against the validation split
EVALUATIONS = "evaluations.csv"
"""A file next to a study's table: one row per evaluation, with the trial's ``id``, the ``step`` and a column per score."""


def best_score(scores: Scores, name: str) -> dict[str, float] | None:
    """The row with the lowest score; None if there are no rows."""
    return min(scores, key=lambda row: row[name], default=None)


def best_is_last(scores: Scores, name: str) -> bool:
    """Whether the latest score is the best one so far."""
    return bool(scores) and scores[-1] == best_score(scores, name)


def summary_of(scores: Scores, name: str) -> dict[str, float | int]:
    """The summary columns of one score, for a run that was scored at least once."""
    best = best_score(scores, name)
    assert best is not None
    values: dict[str, float | int] = {"best": best[name], "best_step": int(best["step"]), "last": scores[-1][name]}
    if name + VALIDATION in scores[0]:
        chosen = min(scores, key=lambda row: row[name + VALIDATION])
        values["selected"], values["validation"] = chosen[name], chosen[name + VALIDATION]
        values["validation_last"] = scores[-1][name + VALIDATION]
    return values


def further_at_best(scores: Scores, name: str, names: Iterable[str]) -> dict[str, float]:
    """The other scores among ``names`` at the evaluation where ``name`` is best, by column."""
    best = best_score(scores, name)
    assert best is not None
    return {score_column(other): best[other] for other in names if other not in (name, name + VALIDATION)}
