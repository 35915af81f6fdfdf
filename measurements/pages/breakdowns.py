"""Runs that break down during training."""

from __future__ import annotations

import pandas as pd

from measurements.pages.published import PublishedStudy

ABOVE = 250  # a run breaks down if its score rises above this after a lower evaluation


def broke_down(found: PublishedStudy) -> pd.DataFrame:
    """The trials whose score rose above ``ABOVE`` after a lower evaluation, sorted by last evaluation."""
    evaluations = found.evaluations.sort_values("step", kind="stable")
    score = found.trials["score"].iloc[0]
    lowest = evaluations.groupby("id")[score].cummin()
    broken = evaluations.loc[(evaluations[score] > ABOVE) & (lowest < evaluations[score]), "id"]
    return found.trials[found.trials["id"].isin(broken)].sort_values("last")


def table(found: PublishedStudy) -> pd.DataFrame:
    """For each trial that broke down: its lowest and last evaluations, and whether it recovered (ended at its lowest)."""
    return pd.DataFrame(
        [
            {
                "loss": row["name"],
                "seed": f"{row['seed']}",
                "lowest evaluation": f"{row['best']:.1f}",
                "last evaluation": f"{row['last']:,.1f}",
                "recovered": "yes" if row["last"] == row["best"] else "no",
            }
            for row in broke_down(found).to_dict("records")
        ]
    )
