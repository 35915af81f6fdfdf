"""The distribution of scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import log_axis, panels, points
from benchmark.analysis.figures.texts import label_x, title
from benchmark.analysis.names import budget_name, dataset_names, measured
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.columns import WITHOUT_SCORE

BOXED = 10
"""The fewest runs that are drawn with a box."""
MEDIAN: dict[str, Any] = {"color": "black", "linewidth": 1.2, "label": "median"}
MEAN: dict[str, Any] = {"color": "black", "linewidth": 1.2, "linestyle": ":", "label": "mean"}
BOX: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": "0.5",
    "label": f"quartiles, whiskers to 1.5 of their distance (from n = {BOXED})",
}


@own_style()
def score_distribution(table: pd.DataFrame) -> Figure:
    """The best score of every run, a row per loss: points, their mean and median, and the count beside them.

    A panel per data set. A box shows the quartiles of at least ``BOXED`` runs: of fewer it is hardly more than the points.
    Diverged and failed runs have no score: they are counted at the right edge.

    Args:
        table: as ``checked`` returns it.
    """
    names = list(dict.fromkeys(table["name"]))
    datasets = list(dict.fromkeys(table["dataset"]))
    figure, grid = panels(len(datasets), 7.5 if len(datasets) == 1 else 6.5, 1.4 + 0.55 * len(names))
    for axes, dataset in zip(grid, datasets, strict=True):
        _distribution(axes, table[table["dataset"] == dataset], names)
    label_x(figure, f"{measured(table)} (lower is better)", 10)
    boxed = (table[table["status"] == "ok"].groupby(["dataset", "name"]).size() >= BOXED).any()
    figure.legend(
        handles=[Line2D([], [], **MEDIAN), Line2D([], [], **MEAN), *([Patch(**BOX)] if boxed else [])],
        loc="outside upper center",
        ncols=3,
        fontsize=8,
        frameon=False,
    )
    return figure


def _distribution(axes: Axes, table: pd.DataFrame, names: list[str]) -> None:
    jitter = np.random.default_rng(0)
    ok = table.loc[table["status"] == "ok", "best"].astype(float)
    if spans_decades(ok):
        log_axis(axes, "x")
    for y, name in enumerate(reversed(names)):
        trials = table[table["name"] == name]
        scores = trials.loc[trials["status"] == "ok", "best"].astype(float)
        if len(scores):
            if len(scores) >= BOXED:
                axes.boxplot(
                    scores,
                    positions=[y],
                    orientation="horizontal",
                    widths=0.6,
                    showfliers=False,
                    medianprops={"linewidth": 0},
                    boxprops={"color": BOX["edgecolor"]},
                    whiskerprops={"color": BOX["edgecolor"]},
                    capprops={"color": BOX["edgecolor"]},
                    manage_ticks=False,
                )
            if len(scores) > 1:
                for value, drawn in ((scores.median(), MEDIAN), (scores.mean(), MEAN)):
                    axes.plot([value, value], [y - 0.3, y + 0.3], **{**drawn, "label": None})
            axes.scatter(
                scores,
                y + jitter.uniform(-0.18, 0.18, len(scores)),
                s=28 if len(scores) < 100 else 12,
                zorder=3,
                **points(name, names),
            )
        without = {s: int((trials["status"] == s).sum()) for s in WITHOUT_SCORE}
        counts = ", ".join([f"n = {len(scores)}", *(f"{count} {s}" for s, count in without.items() if count)])
        axes.annotate(counts, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_ylim(-0.6, len(names) - 0.4)
    if ok.empty:
        axes.set_xticks([])
    axes.grid(visible=False, axis="y")
    title(axes, heading(table), 11)


def heading(table: pd.DataFrame) -> str:
    """The data set and, where the table has them, steps and width of its trials."""
    return ": ".join(filter(None, (", ".join(dataset_names(table).values()), budget_name(table))))
