"""Trains published trials again and compares their scores with the published ones."""

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
"""The largest relative difference of best scores that is accepted between different machines or versions."""
ROUNDING = 1e-6
"""The largest relative difference of scores of equal generators: rounding in BLAS depends on the number of cores."""


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """A published trial and the same trial trained here.

    Attributes:
        title: the trial in print.
        equal: whether all logged values are equal to the last bit, and all scores up to ``ROUNDING``.
        alike: whether both were computed with the same versions, on the same kind of device, in the same way; None if the
            published one does not say.
        spread: the standard deviation of such trials' best scores over seeds, if a table has several seeds.
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
        """The best score here minus the published one; infinite if only one run has a score, 0 if neither has."""
        before, now = (best(result, self.trial) for result in (self.published, self.here))
        return now - before if np.isfinite([before, now]).all() else (0.0 if before == now else np.inf)

    @property
    def passed(self) -> bool:
        """Whether they are equal; if they were computed in different ways, whether they differ by at most ``TOLERANCE``."""
        if self.equal or self.alike:
            return self.equal
        return abs(self.difference) <= TOLERANCE * abs(best(self.published, self.trial))


def best(result: Result, trial: Trial) -> float:
    """The lowest score of the trial; infinite for a diverged trial."""
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
        folder: holds its table and its records.
        count: how many trials; fewer if the study has fewer that did not fail.
        resources: what to train with. Results are kept in ``reproduced/`` in its results folder, one folder per environment.
        seed: determines which trials are chosen.
        spreads: a table of trials with several seeds of the same losses, for the comparison.

    Raises:
        UserError: there are no records, or no published trial fits the study's file.
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
    """A folder's name for an environment, so that results of another version are never confused with this one's."""
    said = f"{computed_on(how)}, code {how['commit'] or how['benchmark']}"
    short = f"torch {how['torch']}, {how['device_name']}, {hashlib.sha256(said.encode()).hexdigest()[:12]}"
    return re.sub(r"[^\w.+,-]+", "-", short)


def compared(record: Record, here: Result | None, plan: Plan, spreads: pd.DataFrame | None) -> Reproduction:
    """Compares the published trial with the one trained here."""
    trial, published = record.trial, record.result
    if here is None:
        raise UserError(f"{plan.names.title(trial)} has not ended here; run the same command again to continue it.")
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
    """Whether both ended in the same way, with every logged mean equal to the last bit, and every score up to ``ROUNDING``."""
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
    """The standard deviation of the loss's best scores over seeds in the table; None if it has fewer than two seeds."""
    if spreads is None:
        return None
    rows = rows_with(spreads[(spreads["loss"] == trial.loss) & (spreads["status"] == "ok")], trial)
    rows = rows[(rows["dataset"] == trial.dataset) & (rows["score"] == trial.metrics[0])]
    return float(rows["best"].std()) if len(rows) > 1 and rows["seed"].nunique() > 1 else None


def as_table(reproductions: Sequence[Reproduction]) -> pd.DataFrame:
    """One row per trial, formatted for printing."""
    return pd.DataFrame(
        [
            {
                "trial": r.title,
                "published": f"{best(r.published, r.trial):.2f}",
                "here": f"{best(r.here, r.trial):.2f}",
                "difference": "none" if r.equal else f"{r.difference:+.2f}",
                "sd over seeds": "" if r.spread is None else f"{r.spread:.2f}",
                "computed": {True: "in the same way", False: "in another way", None: "unknown"}[r.alike],
            }
            for r in reproductions
        ]
    )
