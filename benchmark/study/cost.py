"""What a study costs, from measured speeds."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from benchmark.data import DataSet
from benchmark.study.groups import Group, grouped
from benchmark.study.plan import Plan
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget


def trial_seconds(trial: Trial, dataset: type[DataSet], speeds: pd.DataFrame) -> float | None:
    """The seconds that one worker takes for the trial, by the slowest of the speeds; None if none was measured alike."""
    channels, side, _ = dataset.image_shape
    budget = trial.budget
    alike = speeds[
        (speeds["loss"] == trial.loss) & (speeds["channels"] == channels) & (speeds["side"] == side)
        & (speeds["width"] == budget.width) & (speeds["batch"] == budget.batch)
        & (speeds["disc_iters"] == cost_of(trial)[1])
    ]  # fmt: skip
    if alike.empty:
        return None
    row = alike.sort_values("ms_per_step").iloc[-1]
    evaluations = budget.evaluations * budget.images / 10_000
    return float(budget.steps * row["ms_per_step"] / 1000 + evaluations * row["seconds_per_10000_images"])


def group_seconds(group: Group, dataset: type[DataSet], speeds: pd.DataFrame, device: str, population: int) -> float | None:
    """The seconds that one worker takes for the group on a ``cpu`` or ``cuda``, compiling included; None if not measured."""
    alike = speeds[(speeds["device"] == device) & (speeds["population"] == population)]
    seconds = [trial_seconds(t, dataset, alike) for t in group.trials]
    if None in seconds:
        return None
    return sum(s for s in seconds if s is not None) + float(alike["start_seconds"].max())


def cost_table(plan: Plan, population: int, speeds: pd.DataFrame) -> pd.DataFrame:
    """Trials, populations, steps and hours of one worker, by data set and loss; hours are missing where none was measured."""
    rows = []
    for (dataset, loss), trials in by_loss(plan.trials).items():
        costs: dict[tuple[Budget, int], float | None] = {}  # looked up once for all trials that cost the same
        for t in trials:
            if cost_of(t) not in costs:
                costs[cost_of(t)] = trial_seconds(t, plan.datasets[dataset], speeds)
        seconds = [costs[cost_of(t)] for t in trials]
        known = [s for s in seconds if s is not None]
        rows.append({
            "dataset": dataset, "loss": loss, "trials": len(trials), "populations": len(grouped(trials, population)),
            "steps": sum(t.budget.steps for t in trials), "hours": sum(known) / 3600 if len(known) == len(seconds) else None,
        })  # fmt: skip
    return pd.DataFrame(rows)


def cost_of(trial: Trial) -> tuple[Budget, int]:
    """What the cost of a trial of given loss and data set depends on: its budget and ``disc_iters``."""
    return trial.budget, int(trial.setting.get("disc_iters", 1))


def by_loss(trials: Sequence[Trial]) -> dict[tuple[str, str], list[Trial]]:
    """The trials by data set and loss."""
    parts: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        parts.setdefault((trial.dataset, trial.loss), []).append(trial)
    return parts
