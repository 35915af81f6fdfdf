"""The distribution of scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmark.analysis.crossing import has_many, merged
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import log_axis, panels, points
from benchmark.analysis.figures.texts import label_x, title
from benchmark.analysis.names import budget_name, choice_names, choices, dataset_names, measured
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.styles import Style, styles
from benchmark.columns import WITHOUT_SCORE
from benchmark.factors import NORMALISATION

BOXED = 10
"""A box is drawn for at least this many runs."""
MEDIAN: dict[str, Any] = {"color": "black", "linewidth": 1.2, "label": "median"}
MEAN: dict[str, Any] = {"color": "black", "linewidth": 1.2, "linestyle": ":", "label": "mean"}
BOX: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": "0.5",
    "label": f"quartiles, whiskers to 1.5 of their distance (from n = {BOXED})",
}


@own_style()
def score_distribution(table: pd.DataFrame) -> Figure:
    """The best score of every run, a row per loss: points, their mean and median, and their number.

    There is a panel per data set; in a crossed study with many combinations, also per normalisation. A box shows the quartiles
    of at least ``BOXED`` runs; for fewer runs the points are enough. Diverged and failed runs have no score and are counted at
    the right edge.

    Args:
        table: a table returned by ``checked``.
    """
    looks, parts = styles(table), _parts(table)
    rows = max(part["name"].nunique() for _, part in parts) if has_many(table) else len(looks)
    figure, grid = panels(len(parts), 7.5 if len(parts) == 1 else 6.5, 1.4 + (0.4 if has_many(table) else 0.55) * rows)
    for axes, (told, part) in zip(grid, parts, strict=True):
        names = list(dict.fromkeys(part["name"])) if has_many(table) else list(looks)
        _distribution(axes, part, names, looks)
        title(axes, told, 11)
    if has_many(table):
        for dataset in set(table["dataset"]):
            _share_scale([a for a, (_, part) in zip(grid, parts, strict=True) if part["dataset"].iloc[0] == dataset])
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


def _parts(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The title and the trials of each panel; names of losses leave out what the title says."""
    found = []
    for dataset in dict.fromkeys(table["dataset"]):
        of_dataset = table[table["dataset"] == dataset]
        if not has_many(table):
            found.append((heading(of_dataset), of_dataset.assign(combination=of_dataset["name"])))
            continue
        names, values = choice_names(table, NORMALISATION), choices(of_dataset)[NORMALISATION.name]
        part = merged(table, NORMALISATION.name).loc[of_dataset.index]
        found += [(f"{heading(of_dataset)}: {name}", part[values == value]) for value, name in names.items()]
    return found


def _share_scale(panels_of_dataset: list[Axes]) -> None:
    """Gives all panels of one data set the same score axis, logarithmic if it is in one of them."""
    ends = np.array([axes.get_xlim() for axes in panels_of_dataset])
    for axes in panels_of_dataset:
        if any(other.get_xscale() == "log" for other in panels_of_dataset):
            log_axis(axes, "x")
        axes.set_xlim(ends[ends > 0].min(), ends.max())


def _distribution(axes: Axes, table: pd.DataFrame, names: list[str], looks: dict[str, Style]) -> None:
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
                **points(looks[trials["combination"].iloc[0]]),
            )
        without = {s: int((trials["status"] == s).sum()) for s in WITHOUT_SCORE}
        counts = ", ".join([f"n = {len(scores)}", *(f"{count} {s}" for s, count in without.items() if count)])
        axes.annotate(counts, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_ylim(-0.6, len(names) - 0.4)
    if ok.empty:
        axes.set_xticks([])
    axes.grid(visible=False, axis="y")


def heading(table: pd.DataFrame) -> str:
    """A panel's title: the data set, and the steps and width of its trials if the table has them."""
    return ": ".join(filter(None, (", ".join(dataset_names(table).values()), budget_name(table))))
