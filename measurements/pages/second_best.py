"""Each loss's second best setting compared with its best.

It shows whether a difference between two losses' settings is due to the losses: two settings of one loss may differ as much.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.statistics.differences import difference
from benchmark.analysis.statistics.variance import NestedSplit, nested_split
from measurements.pages.published import factor, interval, published

FIRST, SECOND = "fashion-standard-seeds", "fashion-second-seeds"


def paired(step: int | None = None) -> pd.DataFrame:
    """The runs of both settings of each GAN after ``step`` steps, under shared seeds; the column ``rank`` tells them apart."""
    first, second = (published(name).trials if step is None else published(name).by_steps()[step] for name in (FIRST, SECOND))
    first = first[first["name"].isin(second["name"]) & first["seed"].isin(second["seed"])]
    return pd.concat([first.assign(rank="best"), second.assign(rank="second")], ignore_index=True)


def beside(runs: pd.DataFrame) -> pd.DataFrame:
    """Each loss's means at both settings, and the ratio of the geometric means with Welch's 95% interval."""
    rows = []
    for name, of_loss in runs.groupby("name", sort=False):
        best, second = (of_loss.loc[of_loss["rank"] == rank, "best"].astype(float) for rank in ("best", "second"))
        found = difference(np.log(second.to_numpy()), np.log(best.to_numpy()))
        rows.append(
            {
                "loss": name,
                "n": f"{len(best)} and {len(second)}",
                "best setting": f"{best.mean():.1f} ± {best.std():.1f}",
                "second best": f"{second.mean():.1f} ± {second.std():.1f}",
                "ratio": f"{np.exp(found.estimate):.2f}",
                "95% interval": f"{np.exp(found.low):.2f} to {np.exp(found.high):.2f}",
            }
        )
    return pd.DataFrame(rows)


def means(loss: str, step: int) -> dict[str, float]:
    """The loss's mean score after ``step`` steps at its ``best`` and its ``second`` best setting, under the same seeds."""
    runs = paired(step)
    return {str(rank): float(rows["best"].mean()) for rank, rows in runs[runs["name"] == loss].groupby("rank")}


def split(runs: pd.DataFrame) -> NestedSplit:
    """The variance of log scores between losses, between the two settings of one loss, and between seeds."""
    scores = [
        [np.log(of_setting["best"].to_numpy(float)) for _, of_setting in of_loss.groupby("rank", sort=False)]
        for _, of_loss in runs.groupby("name", sort=False)
    ]
    return nested_split(scores)


def ratio(runs: pd.DataFrame) -> str:
    """The spread between losses divided by that between two settings of one loss, with its 95% interval.

    Spreads are standard deviations of logarithms. The interval is that of the F test's ratio, which is exact for normal means
    over seeds; the part of the settings' spread due to chance is then subtracted as if it were known.
    """
    logs = runs.assign(log=np.log(runs["best"].astype(float))).groupby(["name", "rank"])["log"].mean().unstack()
    losses, settings = logs.shape
    measured = float(logs.var(axis=1, ddof=1).mean())
    f = settings * float(logs.mean(axis=1).var(ddof=1)) / measured
    quantiles = stats.f.ppf([0.025, 0.975], losses - 1, losses * (settings - 1))
    true = split(runs).settings
    value, high, low = (np.sqrt(max(0.0, (f / q - 1) / settings) * measured / true) for q in (1.0, *quantiles))
    return interval(value, low, high, ".1f")


def without_each(runs: pd.DataFrame) -> pd.DataFrame:
    """The spreads of losses and of settings, and the F test's p, with all losses and without each in turn."""
    parts = {"nothing": runs} | {name: runs[runs["name"] != name] for name in dict.fromkeys(runs["name"])}
    rows = []
    for name, part in parts.items():
        found = split(part)
        spread = {"losses": factor(found.losses), "settings": factor(found.settings)}
        rows.append({"without": name} | spread | {"p": f"{found.p:.3f}"})
    return pd.DataFrame(rows)


def spreads(found: NestedSplit) -> pd.DataFrame:
    """The three spreads as factors."""
    parts = {"losses": found.losses, "two settings of one loss": found.settings, "seeds of one setting": found.seeds}
    return pd.DataFrame([{"between": label, "spread": factor(variance)} for label, variance in parts.items()])


def spread(of: str) -> str:
    """The spread of the ``losses``, ``settings`` or ``seeds``, as a factor."""
    return f"{np.exp(np.sqrt(getattr(split(paired()), of))):.2f}"
