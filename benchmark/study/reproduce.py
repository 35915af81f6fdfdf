"""Published trials trained again, and their scores beside the published ones."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.columns import rows_with
from benchmark.evaluations import summary_of
from benchmark.guest import guest
from benchmark.plugins import UserError, naming_exits
from benchmark.study.planning.plan import Plan
from benchmark.study.planning.resolution import resolve
from benchmark.study.run import Display, no_display, run_trials
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.running.executors import Executor
from benchmark.study.storage.environment import computed_alike, computed_on, environment
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.records.transfer import Record, read_records
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial

TOLERANCE = 0.5
"""The largest relative difference of best scores that another kind of machine or version is taken to explain."""
ROUNDING = 1e-6
"""The largest relative difference of a score of one generator: BLAS computes its matrices on as many cores as there are."""


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """A published trial and the same trained here.

    Attributes:
        title: the trial in print.
        equal: whether both trained alike to the last bit, by all that was logged, and scored alike up to ``ROUNDING``.
        alike: whether both were computed with the same versions, on the same kind of device, in the same way; None where the
            published one does not say so.
        spread: the standard deviation of such trials' best scores over seeds, if a table has several.
    """

    trial: Trial
    title: str
    published: Result
    here: Result
    equal: bool
    alike: bool | None
    spread: float | None

    @property
    def difference(self) -> float:
        """Of the best scores; infinite if one of both runs has none."""
        before, now = (best(result, self.trial) for result in (self.published, self.here))
        return now - before if np.isfinite([before, now]).all() else (0.0 if before == now else np.inf)

    @property
    def passed(self) -> bool:
        """Whether they are equal, or what they were computed with explains the difference."""
        if self.equal or self.alike:
            return self.equal
        return abs(self.difference) <= TOLERANCE * abs(best(self.published, self.trial))


def best(result: Result, trial: Trial) -> float:
    """The lowest score of the trial; infinite for a diverged one."""
    return float(summary_of(result.scores, trial.metrics[0])["best"]) if result.status == "ok" else np.inf


@guest()
@naming_exits()
def reproduce(
    study: Study,
    folder: Path,
    count: int,
    resources: Resources,
    executor: Executor,
    *,
    seed: int,
    spreads: pd.DataFrame | None = None,
    report: Callable[[str], None] = print,
    display: Display = no_display,
) -> list[Reproduction]:
    """Trains randomly chosen trials of a published study anew.

    Args:
        folder: of its table, with its records.
        count: how many trials; fewer if it has not so many that did not fail.
        resources: what to train with; results lie in ``reproduced/`` of its folder of results, by what they are computed with.
        seed: chooses the trials.
        spreads: a table of trials with several seeds of the same losses, for the comparison.

    Raises:
        UserError: there are no records, or the study's file is not the one that was published.
    """
    records, _ = read_records(folder)
    resolved = resolve(study)
    ended = [r for r in records if r.result.status != "failed"]
    known = [r for r in ended if (r.trial.loss, r.trial.of_loss) in resolved.losses and r.trial.dataset in resolved.datasets]
    if not known:
        raise UserError(f"{folder} has no trial of the losses and data sets that {study.name} names; was its file changed?")
    chosen = random.Random(seed).sample(known, min(count, len(known)))
    chosen.sort(key=lambda record: known.index(record))
    context = StudyContext(resolved=resolved, resources=resources, report=report)
    how = environment(context.device, study.precision, replace(context.execution, population=1))
    how["threads"] = resources.threads
    own = replace(resources, results=resources.results / "reproduced" / folder_name(how), population=1)
    plan = Plan(resolved=resolved, trials=[record.trial for record in chosen])
    run_trials(plan, own, executor, retry_failed=True, report=report, display=display)
    store = Store(own.results, report)
    return [compared(record, store.result(record.trial), plan, spreads) for record in chosen]


def folder_name(how: dict[str, object]) -> str:
    """A name for what results are computed with, so that those of another version are never taken for this one's."""
    said = f"{computed_on(how)}, code {how['commit'] or how['benchmark']}"
    short = f"torch {how['torch']}, {how['device_name']}, {hashlib.sha256(said.encode()).hexdigest()[:12]}"
    return re.sub(r"[^\w.+,-]+", "-", short)


def compared(record: Record, here: Result | None, plan: Plan, spreads: pd.DataFrame | None) -> Reproduction:
    """The published trial beside the one trained here."""
    trial, published = record.trial, record.result
    if here is None:
        raise UserError(f"{plan.names.title(trial)} has not ended here; the same command goes on with it.")
    return Reproduction(
        trial=trial,
        title=plan.names.title(trial),
        published=published,
        here=here,
        equal=trained_alike(published, here),
        alike=computed_alike(published.environment, here.environment),
        spread=spread_of(trial, spreads),
    )


def trained_alike(published: Result, here: Result) -> bool:
    """Whether the two ended alike: the same end, every logged mean to the last bit, and every score up to ``ROUNDING``."""
    if (published.status, published.step, len(published.scores)) != (here.status, here.step, len(here.scores)):
        return False
    for before, now in zip(published.scores, here.scores, strict=True):
        scores = before.keys() & set(published.score_names)
        logged = before.keys() - scores
        if before.keys() != now.keys() or any(repr(before[name]) != repr(now[name]) for name in logged):
            return False
        if not all(np.isclose(before[name], now[name], rtol=ROUNDING, atol=0, equal_nan=True) for name in scores):
            return False
    return True


def spread_of(trial: Trial, spreads: pd.DataFrame | None) -> float | None:
    """The standard deviation of best scores over seeds, of the loss at the setting that a table has several seeds of."""
    if spreads is None:
        return None
    rows = rows_with(spreads[(spreads["loss"] == trial.loss) & (spreads["status"] == "ok")], trial)
    rows = rows[(rows["dataset"] == trial.dataset) & (rows["score"] == trial.metrics[0])]
    return float(rows["best"].std()) if len(rows) > 1 and rows["seed"].nunique() > 1 else None


def as_table(reproductions: Sequence[Reproduction]) -> pd.DataFrame:
    """One row a trial, in words and numbers for a reader."""
    return pd.DataFrame(
        [
            {
                "trial": r.title,
                "published": f"{best(r.published, r.trial):.2f}",
                "here": f"{best(r.here, r.trial):.2f}",
                "difference": "none" if r.equal else f"{r.difference:+.2f}",
                "sd over seeds": "" if r.spread is None else f"{r.spread:.2f}",
                "computed": {True: "alike", False: "otherwise", None: "unknown"}[r.alike],
            }
            for r in reproductions
        ]
    )
