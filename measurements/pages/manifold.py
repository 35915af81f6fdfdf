"""Precision, recall and F1 of published studies compared with FID, at the paper's tolerance delta and larger ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmark.analysis.formats import printed
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.tables import manifold
from benchmark.analysis.tables.manifold import DELTAS, scores_at


def f1(trials: pd.DataFrame, loss: str, delta: float = DELTAS[-1]) -> pd.Series:
    """F1 of each run of a loss."""
    return scores_at(delta, trials[trials["name"] == loss])["F1"]


def highest(trials: pd.DataFrame, delta: float) -> float:
    """The highest F1 of any run."""
    return float(scores_at(delta, trials)["F1"].max())


def of_choice(trials: pd.DataFrame, loss: str) -> dict[str, float]:
    """FID, and the other scores at the largest delta, of a loss's run that is chosen by FID on validation images."""
    of_loss = trials[trials["name"] == loss]
    scores = scores_at(DELTAS[-1], of_loss).assign(FID=of_loss["best"])
    return {str(name): float(scores[name].iloc[int(of_loss["validation"].argmin())]) for name in scores}


def far(trials: pd.DataFrame, above: float) -> str:
    """The number of runs with an FID above this."""
    return f"{(trials['best'] > above).sum()} of {len(trials)}"


def white(trials: pd.DataFrame) -> pd.DataFrame:
    """The runs that draw white images: at the paper's delta, precision is 1 and recall is 0."""
    scores = scores_at(DELTAS[0], trials)
    return trials[(scores["precision"] > 0.99) & (scores["recall"] == 0)]


def of_search(trials: pd.DataFrame) -> pd.DataFrame:
    """Each loss's highest F1 at every delta; at the largest also its precision and recall, the median, and FID's choice."""
    rows: list[dict[str, object]] = []
    for name, of_loss in ended(trials).groupby("name", sort=False):
        found = {delta: scores_at(delta, of_loss).reset_index(drop=True) for delta in DELTAS}
        widest = found[DELTAS[-1]]
        best, chosen = widest.iloc[int(widest["F1"].argmax())], widest.iloc[int(of_loss["validation"].argmin())]
        highest = {f"highest F1 at {delta:g}": scores["F1"].max() for delta, scores in found.items()}
        its = {"its precision": best["precision"], "its recall": best["recall"], "median F1": widest["F1"].median()}
        rows.append({"loss": name, "n": len(of_loss), **highest, **its, "F1 of the choice by FID": chosen["F1"]})
    return in_print(rows, f"highest F1 at {DELTAS[-1]:g}")


def of_seeds(trials: pd.DataFrame) -> pd.DataFrame:
    """Each loss's mean F1 over seeds at every delta; at the largest also its 95% interval, precision and recall."""
    rows: list[dict[str, object]] = []
    for name, of_loss in ended(trials).groupby("name", sort=False):
        means = {f"F1 at {delta:g}": scores_at(delta, of_loss)["F1"].mean() for delta in DELTAS}
        widest = scores_at(DELTAS[-1], of_loss)
        low, high = np.clip(mean_interval(widest["F1"]), 0, 1)  # a t interval may leave [0, 1]
        about = {
            "95% CI": f"{low:.2f} to {high:.2f}",
            "precision": widest["precision"].mean(),
            "recall": widest["recall"].mean(),
        }
        rows.append({"loss": name, "n": len(of_loss), **means, **about})
    return in_print(rows, f"F1 at {DELTAS[-1]:g}")


def in_print(rows: list[dict[str, object]], by: str) -> pd.DataFrame:
    """The rows sorted by column ``by``, the highest first; numbers have two decimals."""
    table = pd.DataFrame(rows).sort_values(by, ascending=False, kind="stable", ignore_index=True)
    return table.map(lambda cell: f"{cell:.2f}" if isinstance(cell, float) else str(cell))


def ended(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials that have a score."""
    return trials[trials["status"] == "ok"]


def agreement(trials: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation over runs between FID (low is good) and each score at the largest delta."""
    return printed(manifold.agreement(trials))
