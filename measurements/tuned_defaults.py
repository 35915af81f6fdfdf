"""Writes the default hyperparameters of the quick and the standard budget from published searches; they ship with the package.

    python -m measurements.tuned_defaults

They are each loss's best setting by validation, after the budget's steps. The first search of a budget serves data sets that
none of its searches has.
"""

from __future__ import annotations

import pandas as pd

from benchmark.analysis.fewer_steps import stopped_at
from benchmark.study.planning.defaults import TUNED_TABLE
from measurements.pages.published import published

FASHION = "fashion-standard fashion-fitted"  # each loss has equally many settings in both together
SEARCHES = (
    ("quick", FASHION, 1_000),
    ("quick", "mnist-quick", 1_000),
    ("quick", "triangles-quick", 1_000),
    ("standard", FASHION, 2_000),
)
"""Budget, published searches with spaces between them, steps."""


def tuned() -> pd.DataFrame:
    """The trials with the best settings of the searches, a row for each budget, data set and loss."""
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
