"""The summary of a table of trials: for each loss and data set its scores' mean and spread, and how many trials have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.names import display_name, in_order

COMPARABLE = ("budget", "steps", "width", "score", "extractor_fingerprint", "images")
"""Columns in which the trials of one data set must agree."""


def mean_interval(values: pd.Series, confidence: float = 0.95) -> tuple[float, float]:
    """The t interval for the mean of at least two values; (nan, nan) for fewer (Student 1908)."""
    n = len(values)
    if n < 2:
        return np.nan, np.nan
    half = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * float(values.std(ddof=1)) / np.sqrt(n)
    return float(values.mean()) - half, float(values.mean()) + half


def summarise(table: pd.DataFrame, column: str = "best") -> pd.DataFrame:
    """One row per data set, loss and variant of a table of trials.

    ``n`` counts the trials that ended ``ok``; mean, std (n - 1), min and the 95% t interval of the mean are over those.
    planned = n + diverged + failed + pending.

    Args:
        table: as ``Store.table`` makes it.
        column: ``best`` for the best score of each run, ``last`` for that of its last checkpoint.

    Raises:
        ValueError: the trials differ in budget, score or extractor.
    """
    rows = []
    for dataset, of_dataset in table.groupby("dataset", sort=True):
        for name in COMPARABLE:  # a trial that was never scored has no extractor
            if len(values := of_dataset[name].dropna().unique()) > 1:
                raise ValueError(f"trials of different {name} cannot be compared: {', '.join(map(str, values))}")
        for loss in in_order(list(of_dataset["loss"].unique())):
            for variant, trials in of_dataset[of_dataset["loss"] == loss].groupby("variant"):
                status = trials["status"]
                scores = trials.loc[status == "ok", column].astype(float)
                low, high = mean_interval(scores)
                rows.append({
                    "dataset": dataset, "loss": display_name(loss) + ("" if variant == "paper" else f" ({variant})"),
                    "n": len(scores), "mean": scores.mean(), "std": scores.std(ddof=1), "min": scores.min(),
                    "ci_low": low, "ci_high": high,
                    **{s: int((status == s).sum()) for s in ("diverged", "failed", "pending")},
                })  # fmt: skip
    return pd.DataFrame(rows)


def as_text(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary with its numbers as a reader wants them: two decimals, one interval, ``-`` for what does not exist."""

    def number(value: float) -> str:
        return "-" if pd.isna(value) else f"{value:.2f}"

    text = summary[["dataset", "loss", "n"]].astype(str)
    for name in ("mean", "std", "min"):
        text[name] = summary[name].map(number)
    text["95% CI"] = [
        "-" if pd.isna(low) else f"{low:.2f} to {high:.2f}"
        for low, high in zip(summary["ci_low"], summary["ci_high"], strict=True)
    ]
    for name in ("diverged", "failed", "pending"):
        text[name] = summary[name].astype(str)
    return text


def as_markdown(text: pd.DataFrame) -> str:
    """A table of strings in Markdown."""
    lines = [list(text.columns), ["---"] * len(text.columns), *text.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
