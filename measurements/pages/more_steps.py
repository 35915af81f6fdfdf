"""What longer training gains: the scores after a given number of steps, compared with those at the end.

``python -m measurements.pages.more_steps fashion-longer`` draws every run's score against its steps.
"""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.analysis.figures.panels import save
from benchmark.analysis.figures.steps import step_curves
from benchmark.analysis.summary import mean_interval
from measurements.pages import factors
from measurements.pages.published import STUDIES, PublishedStudy, published, without_vae


def gained(found: PublishedStudy, step: int) -> pd.DataFrame:
    """Each loss's mean after ``step`` steps and at the end, its rank among all losses, and the ratio of a run's scores.

    A score is the lowest one so far. The ratio is a geometric mean over runs, with a t interval of logarithms.
    """
    early = found.by_steps()[step].set_index("id")["best"]
    ended = found.trials[found.trials["status"] == "ok"].set_index("id")
    rows = []
    for name, runs in ended.groupby("name", sort=False):
        scores = pd.DataFrame({"early": early[runs.index], "late": runs["best"], "last": runs["last"]})
        logs = (scores["late"] / scores["early"]).map(np.log)
        rows.append({"loss": name, "n": len(runs), **scores.mean(), "logs": logs.mean(), "interval": mean_interval(logs)})
    table = pd.DataFrame(rows).sort_values("late", kind="stable", ignore_index=True)
    low, high = (table["interval"].map(lambda interval, end=end: f"{np.exp(interval[end]):.2f}") for end in (0, 1))
    return pd.DataFrame(
        {
            "loss": table["loss"],
            "n": table["n"].astype(str),
            f"after {step:,} steps": table["early"].map("{:.1f}".format),
            "rank": table["early"].rank().astype(int).astype(str),
            f"after {int(ended['steps'].iloc[0]):,}": table["late"].map("{:.1f}".format),
            "rank then": table["late"].rank().astype(int).astype(str),
            "last evaluation": table["last"].map("{:.1f}".format),
            "ratio": np.exp(table["logs"]).map("{:.2f}".format),
            "95% interval": low + " to " + high,
        }
    )


def spread_by_steps(found: PublishedStudy) -> pd.DataFrame:
    """How far the GANs are apart, by the steps of a run; all GANs, and without WGAN GP."""
    parts = {step: without_vae(trials) for step, trials in found.by_steps().items()}
    table = factors.table({f"{step:,}": gans for step, gans in parts.items()}, of="steps")
    table.insert(3, "without WGAN GP", [factors.typical(gans[gans["name"] != "WGAN GP"]) for gans in parts.values()])
    return table


def gain(found: PublishedStudy, step: int, loss: str) -> str:
    """The ratio of a loss's scores at the end to those after ``step`` steps, with its 95% interval."""
    row = gained(found, step).set_index("loss").loc[loss]
    return f"{row['ratio']} ({row['95% interval']})"


def machines(found: PublishedStudy, other: PublishedStudy, step: int) -> dict[str, float]:
    """How far runs with equal loss and seed differ between two studies after ``step`` steps, and how far seeds differ in one.

    Returns geometric means: of the ratio of the two scores, and of the ratio of the higher to the lower one (``typical``). For
    two seeds of one loss in the other study, the latter is ``seeds``.
    """
    keys = ["name", "seed"]
    mine, theirs = (study.by_steps()[step].set_index(keys)["best"].astype(float) for study in (found, other))
    logs = pd.Series(np.log(mine / theirs)).dropna()
    apart = [np.abs(np.subtract(*pair)) for _, of in theirs.map(np.log).groupby("name") for pair in combinations(of, 2)]
    means = {"mean": logs.mean(), "typical": logs.abs().mean(), "seeds": np.mean(apart)}
    return {"n": len(logs), **{name: float(np.exp(mean)) for name, mean in means.items()}}


def draw(name: str) -> None:
    """Draws the figure for the study's page."""
    found = published(name)
    figure = step_curves(found.trials, str(found.trials["dataset"].iloc[0]), found.evaluations)
    assert figure is not None, "no seeds, or one evaluation"
    save(figure, STUDIES / name / "steps.png")


if __name__ == "__main__":
    draw(sys.argv[1])
