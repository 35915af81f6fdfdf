"""Precision, recall and F1 beside FID: ``python -m benchmarks.pages.manifold triangles-quick``."""

from __future__ import annotations

import sys

import pandas as pd
from scipy import stats

from benchmark.analysis.summary import as_markdown, mean_interval
from benchmark.analysis.trials import has_seeds
from benchmark.columns import score_column
from benchmarks.pages.published import published

SCORES = {"F1": "f1", "precision": score_column("precision"), "recall": "recall"}


def of_search(trials: pd.DataFrame) -> pd.DataFrame:
    """The highest F1 among each loss's settings, with its precision and recall, the median, and the F1 of the choice by FID."""
    rows: list[dict[str, object]] = []
    for name, of_loss in ended(trials).groupby("name", sort=False):
        best, chosen = of_loss.iloc[int(of_loss["f1"].argmax())], of_loss.iloc[int(of_loss["validation"].argmin())]
        rows.append(
            {
                "loss": name,
                "n": len(of_loss),
                **{f"highest {label}" if label == "F1" else f"its {label}": best[column] for label, column in SCORES.items()},
                "median F1": of_loss["f1"].median(),
                "F1 of the choice by FID": chosen["f1"],
            }
        )
    return in_print(rows, "highest F1")


def of_seeds(trials: pd.DataFrame) -> pd.DataFrame:
    """The means of each loss's scores over its seeds, with a 95% interval of F1's."""
    rows: list[dict[str, object]] = []
    for name, of_loss in ended(trials).groupby("name", sort=False):
        low, high = mean_interval(of_loss["f1"])
        means = {label: of_loss[column].mean() for label, column in SCORES.items()}
        rows.append({"loss": name, "n": len(of_loss), **means, "95% CI of F1": f"{low:.2f} to {high:.2f}"})
    return in_print(rows, "F1")


def in_print(rows: list[dict[str, object]], by: str) -> pd.DataFrame:
    """The rows with the highest first, numbers with two digits."""
    table = pd.DataFrame(rows).sort_values(by, ascending=False, kind="stable", ignore_index=True)
    return table.map(lambda cell: f"{cell:.2f}" if isinstance(cell, float) else str(cell))


def ended(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials with a score."""
    return trials[trials["status"] == "ok"]


def agreement(trials: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation over runs of FID, which is good where it is low, with each of the scores."""
    found = ended(trials)
    rows: list[dict[str, object]] = []
    for label, part in (("all models", found), ("the GANs", found[found["name"] != "VAE"])):
        for score, column in SCORES.items():
            rho = stats.spearmanr(part["best"], part[column]).statistic
            rows.append({"of": label, "runs": str(len(part)), "FID and": score, "rank correlation": f"{rho:.2f}"})
    return pd.DataFrame(rows)


def page_tables(name: str) -> list[str]:
    """The tables on the page of a published study."""
    trials = published(name).trials
    return [as_markdown(table) for table in ((of_seeds if has_seeds(trials) else of_search)(trials), agreement(trials))]


if __name__ == "__main__":
    print("\n\n".join(page_tables(sys.argv[1])))
