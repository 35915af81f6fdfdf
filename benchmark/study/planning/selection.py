"""The best setting of each loss in an earlier study, or that of another rank: how the seeds phase gets its one setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from benchmark.hyperparameters import Setting
from benchmark.plugins import UserError
from benchmark.plurals import how_many
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.study import Source
from benchmark.study.trial import Trial, titled

COLUMNS = {
    ("validation", "best"): "validation",
    ("validation", "last"): "validation_last",
    ("test", "best"): "best",
    ("test", "last"): "last",
}


Choices = dict[tuple[str, str, str], tuple[int, Setting]]
"""A sample's number and setting, by loss, variant and data set."""


def selected(source: Source, trials: Sequence[Trial], store: Store, report: Callable[[str], None]) -> Choices:
    """The sample and setting of the lowest score, by loss, variant and data set; of several seeds, of the lowest mean.

    Where the source names another rank, it is the setting of that rank. A loss with fewer settings that have a score is left
    out. Diverged and failed trials count as the worst score.

    Raises:
        UserError: the study has trials without a result (unless the source says that it may), no such scores, or several
            optimisers.
    """
    if len(optimisers := {t.optimiser for t in trials}) > 1:
        raise UserError(
            f"{source.study} trains every sample with {' and '.join(sorted(optimisers))}: no setting is the best of both.\n"
            "Take settings from a study of one optimiser."
        )
    if source.split == "validation" and not any(t.validation for t in trials):
        raise no_validation(source)
    results = table(trials, store)
    pending = int((results["status"] == "pending").sum())
    if pending and not source.incomplete:
        raise UserError(
            f"{source.study} is incomplete: {pending} of {how_many(len(results), 'trial')} without a result.\n"
            f"Run it to its end, put back what was published (ganbench restore {source.study}), or choose from what is there "
            "with --incomplete."
        )
    column = COLUMNS[source.split, source.evaluation]
    ended = results["status"] == "ok"
    if ended.any() and results.loc[ended, column].isna().all():
        raise no_validation(source)
    scores = results[column].astype(float).where(results["status"] != "failed", np.inf)
    chosen: Choices = {}
    for (loss, variant, dataset), rows in results.assign(chosen_by=scores).groupby(["loss", "variant", "dataset"], sort=False):
        means = rows.groupby("sample")["chosen_by"].mean().dropna()
        in_order = means.sort_values(kind="stable")
        if np.isfinite(in_order).sum() < source.rank:
            continue
        sample, mean = int(in_order.index[source.rank - 1]), in_order.iloc[source.rank - 1]
        trial = trials[int(rows.index[rows["sample"] == sample][0])]
        chosen[str(loss), str(variant), str(dataset)] = sample, trial.setting
        lowest = "the lowest" if source.rank == 1 else f"rank {source.rank} by the lowest"
        report(
            f"{titled(trial.loss, trial.variant)} on {dataset}: sample {sample} of {source.study}, {lowest} {trial.score} of "
            f"{count(means, rows)} ({source.evaluation} evaluation, {source.split} images): {mean:.4g}"
        )
    return chosen


def no_validation(source: Source) -> UserError:
    """What is said where there are no validation scores to choose by."""
    return UserError(
        f"The trials of {source.study} have no scores against a validation split: its data set or metric has none, "
        'or it says validation = false.\nChoose by test scores, as the paper did: split = "test" under [from].'
    )


def count(means: pd.Series, rows: pd.DataFrame) -> str:
    """How many settings the choice was from."""
    lost = int((rows["status"] != "ok").sum())
    return how_many(len(means), "setting") + (f", {how_many(lost, 'trial')} without a score" if lost else "")
