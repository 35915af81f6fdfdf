"""The distribution of scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import log_axis, panels, points
from benchmark.analysis.names import dataset_names, measured
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.trials import checked
from benchmark.columns import WITHOUT_SCORE


@own_style()
def score_distribution(table: pd.DataFrame) -> Figure:
    """The best score of every run, a row per loss: points, a box of quartiles and median, the mean dotted, the count beside it.

    A panel per data set. Diverged and failed runs have no score: they are counted at the right edge.
    """
    table = checked(table)
    names = list(dict.fromkeys(table["name"]))
    datasets = list(dict.fromkeys(table["dataset"]))
    figure, grid = panels(len(datasets), 7.5 if len(datasets) == 1 else 6.5, 1.1 + 0.55 * len(names))
    for axes, dataset in zip(grid, datasets, strict=True):
        _distribution(axes, table[table["dataset"] == dataset], names)
    label = f"{measured(table)} (lower is better)"
    if len(grid) == 1:
        grid[0].set_xlabel(label)
    else:
        figure.supxlabel(label, fontsize=10)
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
            axes.boxplot(
                scores,
                positions=[y],
                orientation="horizontal",
                widths=0.6,
                showfliers=False,
                medianprops={"color": "black"},
                boxprops={"color": "0.5"},
                whiskerprops={"color": "0.5"},
                capprops={"color": "0.5"},
                manage_ticks=False,
                meanline=True,
                showmeans=True,
                meanprops={"color": "black", "linestyle": ":"},
            )
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
    axes.set_title(title(table), fontsize=11)


def title(table: pd.DataFrame) -> str:
    """The data set and, where the table has them, budget and steps of its trials."""
    parts = list(dataset_names(table).values())
    if "budget" in table and "steps" in table:
        parts.append(f"budget {table['budget'].iloc[0]}: {int(table['steps'].iloc[0]):,} steps")
    return ", ".join(parts)
