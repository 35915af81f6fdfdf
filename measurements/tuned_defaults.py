"""Writes the package's default hyperparameters of the quick and standard budgets, from published searches.

    python -m measurements.tuned_defaults

They are each loss's best setting by validation score after the budget's steps. Data sets that none of a budget's searches
covers use its first search.
"""

from __future__ import annotations

import pandas as pd

from benchmark.analysis.fewer_steps import stopped_at
from benchmark.study.planning.defaults import TUNED_TABLE
from measurements.pages.published import published

FASHION = "fashion-standard fashion-fitted"  # together they have equally many settings for each loss
SEARCHES = (
    ("quick", FASHION, 1_000),
    ("quick", "mnist-quick", 1_000),
    ("quick", "triangles-quick", 1_000),
    ("standard", FASHION, 2_000),
)
"""Budget, published searches separated by spaces, steps."""


def tuned() -> pd.DataFrame:
    """The trials with the searches' best settings, one row per budget, data set and loss."""
    parts = []
    for budget, study, steps in SEARCHES:
        search = published(*study.split())
        shorter = stopped_at(search.trials, search.evaluations, steps).assign(budget=budget)
        parts.append(shorter.loc[shorter.groupby("loss")["validation"].idxmin()])
    found = pd.concat(parts, ignore_index=True)
    wanted = ["budget", "loss", "variant", "dataset", "status", "sample", "score", "best", "validation"]
    return found[wanted + [name for name in found if str(name).startswith("h_")]]


if __name__ == "__main__":
    tuned().to_csv(TUNED_TABLE, index=False)
    print(TUNED_TABLE)
