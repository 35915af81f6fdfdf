"""Later scores of the generators that trials kept: one file each, next to the generator, and their table."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, TypeAdapter

from benchmark.columns import RELIABILITY, VALUES, score_column
from benchmark.evaluations import VALIDATION, best_score, further_at_best
from benchmark.files import write_atomically
from benchmark.study.storage.records.results import Environment, Number, Result
from benchmark.study.storage.store import Store, read_json
from benchmark.study.storage.table import Names, row, table_of
from benchmark.study.trial import Trial

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """What determines the score of a generator.

    Attributes:
        name: the score's name.
        images: how many generated images are scored.
        fingerprint: that of the metric's weights and settings.
    """

    name: str
    images: int
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Rescored:
    """The score of a kept generator.

    Attributes:
        scores: all columns of its metric, the main one first.
        evaluation: the step and the study's score of the evaluation at which the generator was kept.
        environment: what the score was computed with.
        seconds: the wall time of generating the images and scoring them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    scoring: Scoring
    scores: dict[str, Number]
    evaluation: dict[str, Number]
    environment: Environment
    seconds: Number


RESCORED = TypeAdapter(Rescored)
COMPUTED_WITH = ("torch", "device_name", "commit", "dirty")


def rescored_file(store: Store, trial: Trial, scoring: Scoring) -> Path:
    """The file of the score of the trial's generator."""
    fingerprint = re.sub(r"[^\w-]", "_", scoring.fingerprint)  # a user's own metric may give any text
    return store.folder(trial) / f"{scoring.name}-{scoring.images}-{fingerprint}.json"


def rescored_picture(store: Store, trial: Trial, scoring: Scoring) -> Path:
    """The file of the picture that belongs to the score, if its metric makes one."""
    return rescored_file(store, trial, scoring).with_suffix(".png")


def write_rescored(store: Store, trial: Trial, rescored: Rescored) -> None:
    """Writes the score's file; it is never half written."""
    content = {"trial": trial.id, **asdict(rescored)}
    write_atomically(rescored_file(store, trial, rescored.scoring), json.dumps(content, indent=1).encode())


def read_rescored(store: Store, trial: Trial, result: Result, scoring: Scoring) -> Rescored | None:
    """The score of the generator that the trial keeps now; None if there is none, or its file is damaged.

    A trial whose result was lost and that was trained again may have another generator. Scores of the earlier generator do
    not count.
    """
    content = read_json(rescored_file(store, trial, scoring))
    if not isinstance(content, dict):
        return None
    try:
        found = RESCORED.validate_python({name: value for name, value in content.items() if name != "trial"})
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    its_own = content.get("trial") == trial.id and found.scoring == scoring and scoring.name in found.scores
    its_own = its_own and math.isfinite(found.scores[scoring.name]) and set(COMPUTED_WITH) <= found.environment.keys()
    return found if its_own and found.evaluation == kept_evaluation(trial, result) else None


def kept_evaluation(trial: Trial, result: Result) -> dict[str, float]:
    """The step and the score of the evaluation at which a trial that ended ``ok`` kept its generator."""
    best = best_score(result.scores, trial.score)
    assert best is not None  # the last step is always scored
    return {"step": best["step"], trial.score: best[trial.score]}


def rescored_table(
    trials: Sequence[Trial],
    store: Store,
    scorings: Mapping[str, Scoring],
    unscored: Mapping[str, str],
    names: Names | None = None,
) -> pd.DataFrame:
    """The table of trials with the later score in place of the study's; trials that have none are ``pending``.

    Args:
        scorings: the later score, by trial id.
        unscored: why a trial has none, by trial id.
        names: as for ``benchmark.study.storage.table.table``.
    """
    rows = []
    for trial in trials:
        result, scoring = store.result(trial), scorings[trial.id]
        found = read_rescored(store, trial, result, scoring) if result and result.status == "ok" else None
        rows.append(rescored_row(trial, result, scoring, found, unscored.get(trial.id, "not scored yet"), names))
    return table_of(trials, rows)


def rescored_row(
    trial: Trial,
    result: Result | None,
    scoring: Scoring,
    found: Rescored | None,
    reason: str = "",
    names: Names | None = None,
) -> dict[str, Any]:
    """The trial's row in a table of a later score.

    The score belongs to a single generator, so ``last``, ``selected`` and the validation scores stay empty. A trial that
    diverged or failed has this status for every score. If as many images were scored as in the study, its own scores at the
    best evaluation are added as further scores.

    Args:
        found: the later score; None if there is none.
        reason: why there is no later score.
    """
    values = {name: value for name, value in row(trial, result, names).items() if name not in RELIABILITY}
    values |= dict.fromkeys(VALUES)
    values |= {
        "score": scoring.name,
        "extractor_fingerprint": scoring.fingerprint,
        "images": scoring.images,
        "chosen_by": trial.score,
        "rescored_with": None,
    }
    if result is None:
        return values
    if result.status == "diverged":
        return values | {"best": float("inf")}
    if result.status == "failed":
        return values
    further = further_at_best(result.scores, trial.score, result.score_names)
    values = {name: value for name, value in values.items() if name not in further}
    if scoring.images == trial.budget.images:
        values |= further | {score_column(trial.score): kept_evaluation(trial, result)[trial.score]}
    if found is None:
        values |= {"status": "pending", "reason": reason}
    else:
        values |= {score_column(name): value for name, value in found.scores.items() if name != scoring.name + VALIDATION}
        values |= {"best": found.scores[scoring.name], "rescored_with": computed_with(found.environment)}
        values |= {name: found.environment[name] for name in RELIABILITY if name in found.environment}
    values.pop(score_column(scoring.name), None)  # that is ``best``
    return values


def computed_with(environment: Mapping[str, Any]) -> str:
    """The versions and the device of an environment, in a few words."""
    changed = " with changes" if environment["dirty"] else ""
    return f"torch {environment['torch']}, {environment['device_name']}, commit {environment['commit']}{changed}"
