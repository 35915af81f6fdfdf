"""The main job as a study: one loss, or several, under a number of seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.plugins import UserError
from benchmark.study.planning.plan import find_datasets, find_losses, make_plan
from benchmark.study.running.contexts import Resources, Workshop
from benchmark.study.running.executors import Inline
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.study import Study


def bench_study(
    losses: Sequence[str],
    dataset: str = "fashion-mnist",
    budget: str = "quick",
    *,
    seeds: int = 10,
    hyperparameters: str | None = None,
    variant: str = "paper",
    extractor: str = "classifier",
) -> Study:
    """The study that trains each loss's default setting under the seeds 0 ... seeds - 1.

    Args:
        hyperparameters: ``paper``, ``tuned``, or the path of a table of trials whose best settings are taken; by default
            ``tuned`` at the quick budget and ``paper`` elsewhere.

    Raises:
        UserError: an unknown loss or data set.
    """
    found = [cls.key for cls in find_losses(losses).values()]
    (dataset_class,) = find_datasets([dataset]).values()
    parts = ["all" if len(found) > 3 else "-".join(found), dataset_class.key, budget.lower()]
    defaults = hyperparameters or ("tuned" if budget.lower() == "quick" else "paper")
    return Study(
        "-".join([*parts, *([variant] if variant != "paper" else [])]),
        tuple(losses),
        (dataset,),
        {"preset": budget},
        seeds=tuple(range(seeds)),
        defaults=defaults,
        variant=variant,
        extractor=extractor,
    )


def bench(*losses: str, seeds: int = 10, **options: Any) -> pd.DataFrame:
    """The table of trials, one row each, of the losses (names in any spelling, or files) under the seeds 0 ... seeds - 1.

    Trials already in the results folder are not computed again. ``options`` are the further arguments of ``bench_study``
    and the fields of ``Resources``; the trials run in this process.

    Raises:
        UserError: an unknown name, or anything else the user can mend; nothing computed is lost.
    """
    if seeds < 1:
        raise UserError(f"seeds is {seeds}; it must be a whole number of 1 or more.")
    resources = Resources(**{k: options.pop(k) for k in list(options) if k in Resources.__dataclass_fields__})
    store = Store(Path(resources.results))
    plan = make_plan(bench_study(losses or ("all",), seeds=seeds, **options), store)
    workshop, executor = Workshop(plan.study, resources), Inline()
    if left := store.missing(plan.trials):
        executor.check(left, workshop)
        executor.run(plan.trials, workshop)
    return table(plan.trials, store, plan.names)
