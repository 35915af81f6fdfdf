"""What a study costs, from measured speeds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmark.factors import FACTORS, Choices
from benchmark.files import read_plain
from benchmark.plugins import UserError, one_line
from benchmark.study.populations import in_populations
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

if TYPE_CHECKING:
    from benchmark.study.planning.plan import Plan
    from benchmark.study.planning.plan_cache import KeptPlan

SHIPPED = Path(__file__).parent / "speed.csv"
COSTLY = [factor for factor in FACTORS if factor.own_draws]
"""The factors whose values change the time of a step; a table without their columns has the usual values."""
TEXTS = ["device", "device_name", "loss", *(factor.name for factor in COSTLY)]
KEYS = [
    "device",
    "device_name",
    "threads",
    "population",
    "loss",
    *TEXTS[3:],
    "channels",
    "side",
    "width",
    "batch",
    "disc_iters",
]
"""The columns that identify a measured speed."""
NUMBERS = ("channels", "side", "width", "batch", "disc_iters", "ms_per_step", "seconds_per_10000_images", "start_seconds")


def read_speeds(results: Path) -> pd.DataFrame:
    """The speeds measured on this machine (``ganbench measure``), followed by those that ship with the package."""
    tables = [read_speed_file(path) for path in (results / "speed.csv", SHIPPED) if path.exists()]
    return (
        pd.concat(tables, ignore_index=True).drop_duplicates(KEYS) if tables else pd.DataFrame(columns=[*KEYS, "ms_per_step"])
    )


def read_speed_file(path: Path) -> pd.DataFrame:
    """The speeds in one file.

    Raises:
        UserError: a column is missing, or a number is missing or not finite.
    """
    try:
        speeds = pd.read_csv(
            io.BytesIO(read_plain(path)),
            dtype=dict.fromkeys(TEXTS, str) | dict.fromkeys(NUMBERS, float),
            keep_default_na=False,  # "none" is a penalty
            na_values={name: ["", "nan"] for name in NUMBERS},
        )
        for factor in COSTLY:
            if factor.name not in speeds:
                speeds[factor.name] = factor.usual
        if missing := [name for name in (*KEYS, *NUMBERS) if name not in speeds]:
            raise ValueError(f"it lacks the column {', '.join(missing)}")
        if not np.isfinite(speeds[list(NUMBERS)].to_numpy()).all():
            raise ValueError("a number is missing or infinite")
    except ValueError as error:
        raise UserError(f"{path} is not a table of speeds: {one_line(error)}.\nDelete it and measure again.") from error
    return speeds


def trial_seconds(trial: Trial, image_shape: tuple[int, int, int], speeds: pd.DataFrame) -> float | None:
    """The seconds that one worker takes for the trial, by the slowest speed that fits; None if none does.

    With a penalty or a named normalisation, the speed of another loss with the same ones fits too: they and the networks take
    almost all the time, and the loss's own formula takes very little.
    """
    channels, side, _ = image_shape
    budget = trial.budget
    alike = speeds[
        (speeds["channels"] == channels)
        & (speeds["side"] == side)
        & (speeds["width"] == budget.width)
        & (speeds["batch"] == budget.batch)
        & (speeds["disc_iters"] == cost_of(trial)[1])
    ]
    for factor in COSTLY:
        alike = alike[alike[factor.name] == trial.of(factor)]
    of_loss = alike[alike["loss"] == trial.loss]
    alike = alike if of_loss.empty and trial.stream else of_loss
    if alike.empty:
        return None
    row = alike.sort_values("ms_per_step").iloc[-1]
    evaluations = budget.evaluations * budget.images / 10_000
    return float(budget.steps * row["ms_per_step"] / 1000 + evaluations * row["seconds_per_10000_images"])


def cost_table(plan: Plan | KeptPlan, size: int, speeds: pd.DataFrame) -> pd.DataFrame:
    """Trials, populations, steps and hours of one worker, by data set and loss with penalty and normalisation.

    Hours are missing if a speed was not measured.
    """
    rows = []
    for (dataset, loss, choices), trials in by_loss(plan.trials).items():
        costs: dict[tuple[Budget, int], float | None] = {}  # looked up once for all trials that cost the same
        for t in trials:
            if cost_of(t) not in costs:
                costs[cost_of(t)] = trial_seconds(t, plan.image_shapes[dataset], speeds)
        seconds = [costs[cost_of(t)] for t in trials]
        known = [s for s in seconds if s is not None]
        rows.append(
            {
                "dataset": dataset,
                "loss": plan.names.of_loss(loss, choices),
                "trials": len(trials),
                "populations": len(in_populations(trials, size)),
                "steps": sum(t.budget.steps for t in trials),
                "hours": sum(known) / 3600 if len(known) == len(seconds) else None,
            }
        )
    return pd.DataFrame(rows)


def cost_tables(plan: Plan | KeptPlan, size: int, speeds: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables to print of the plan's cost on each measured device, by the device's name, with a row of totals.

    Args:
        size: the number of trials in a population.
    """
    tables = {}
    for device in dict.fromkeys(speeds["device_name"]) or ["no measured device"]:
        table = cost_table(plan, size, speeds[speeds["device_name"] == device])
        table = table.replace({"dataset": plan.names.datasets})
        hours = None if table["hours"].isna().any() else table["hours"].sum()
        total = {"dataset": "total", "loss": "", **table[["trials", "populations", "steps"]].sum().to_dict(), "hours": hours}
        table = table.astype({"hours": object})
        table.loc[len(table)] = total
        table["hours"] = ["not measured" if pd.isna(h) else f"{h:.2f}" for h in table["hours"]]
        tables[device] = table.rename(columns={"hours": "hours of one worker"})
    return tables


def cost_of(trial: Trial) -> tuple[Budget, int]:
    """What the cost of a trial of given data set, loss and choices depends on: its budget and ``disc_iters``."""
    return trial.budget, int(trial.setting.get("disc_iters", 1))


def by_loss(trials: Sequence[Trial]) -> dict[tuple[str, str, Choices], list[Trial]]:
    """The trials by data set, loss, and the choices that change the time of a step."""
    parts: dict[tuple[str, str, Choices], list[Trial]] = {}
    for trial in trials:
        costly = Choices(**{factor.name: trial.of(factor) for factor in COSTLY})
        parts.setdefault((trial.dataset, trial.loss, costly), []).append(trial)
    return parts
