"""Writes the default hyperparameters of the quick and the standard budget from a published search; they ship with the package.

    python -m benchmarks.tuned_defaults [FOLDER]

They are each loss's best setting by validation, of thirty: after 1,000 steps for ``quick``, after all 2,000 for ``standard``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from benchmark.analysis.shorter import read_evaluations, stopped_at
from benchmark.analysis.trials import checked
from benchmark.study.planning.defaults import TUNED_TABLE
from benchmark.table_file import read_table

SEARCH = Path(__file__).parent.parent / "results" / "studies" / "fashion-standard"
STEPS = {"quick": 1_000, "standard": 2_000}


def tuned(folder: Path) -> pd.DataFrame:
    """The trials with the best settings of the search in the folder, a row for each budget and loss."""
    trials, evaluations = checked(read_table(folder / "trials.csv")), read_evaluations(folder)
    assert evaluations is not None, f"{folder} has no evaluations"
    parts = []
    for budget, steps in STEPS.items():
        shorter = stopped_at(trials, evaluations, steps).assign(budget=budget)
        parts.append(shorter.loc[shorter.groupby("loss")["validation"].idxmin()])
    found = pd.concat(parts, ignore_index=True)
    wanted = ["budget", "loss", "variant", "dataset", "status", "sample", "score", "best", "validation"]
    return found[wanted + [name for name in found if str(name).startswith("h_")]]


if __name__ == "__main__":
    tuned(Path(sys.argv[1]) if len(sys.argv) > 1 else SEARCH).to_csv(TUNED_TABLE, index=False)
    print(TUNED_TABLE)
