"""Scores against each hyperparameter of each loss."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmark.analysis.crossing import has_many, merged
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import log_axis, penalty_handles, points, tidy
from benchmark.analysis.figures.texts import fitted
from benchmark.analysis.names import dataset_names, hyperparameter_name, score_name
from benchmark.analysis.statistics.scales import as_numbers, is_logarithmic, is_switch, spans_decades
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.trials import search_trials, varied_hyperparameters, worst_scored
from benchmark.factors import NORMALISATION, PENALTY

PANEL = (1.65, 1.0)
"""Width and height of a panel, in inches, without the room for its labels."""
LEFT, TOP, GAPS = 1.1, 0.75, (0.27, 0.5)


@own_style()
def hyperparameter_scatter(table: pd.DataFrame, dataset: str) -> Figure | None:
    """The score of each setting on the data set against each hyperparameter, a row per loss; None if nothing varies.

    A hyperparameter has the same axis for every loss, and its own column if most losses have it. The best trial has a ring.
    Diverged and failed trials are crosses at the upper edge, at the values of their hyperparameters. In a crossed study
    penalties have different markers; normalisations do not.
    """
    searched = search_trials(table[table["dataset"] == dataset])
    trials, crossed = worst_scored(merged(searched, PENALTY.name, NORMALISATION.name)), has_many(searched)
    rows = varied_hyperparameters(trials)
    if not rows:
        return None
    looks, placed = styles(table), places(rows)
    wide = 1 + max(max(row.values()) for row in placed.values())
    width = LEFT + wide * (PANEL[0] + GAPS[0])
    told = f"{score_name(str(table['score'].iloc[0]))} of each setting; ring: the lowest; crosses: diverged or failed"
    heads = fitted(dataset_names(table)[dataset], width, 11), fitted(told, width - 0.3, 9)
    top = TOP + 0.16 * (sum(text.count("\n") for text in heads)) + 0.25 * crossed
    height = top + len(rows) * (PANEL[1] + GAPS[1])
    figure = Figure(figsize=(width, height))  # placed by hand: a layout engine takes seconds for so many panels
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - GAPS[0] / width,
        bottom=GAPS[1] / height,
        top=1 - top / height,
        wspace=GAPS[0] / PANEL[0],
        hspace=GAPS[1] / PANEL[1],
    )
    if crossed:
        handles, place = penalty_handles(trials, looks), (0.5, 1 - (top - 0.25) / height)
        figure.legend(handles=handles, loc="center", bbox_to_anchor=place, ncols=len(handles), fontsize=8, frameon=False)
    grid = figure.add_gridspec(len(rows), wide)
    figure.suptitle(heads[0], fontsize=11, y=1 - 0.08 / height, va="top")
    figure.text(0.5, 1 - (0.34 + 0.18 * heads[0].count("\n")) / height, heads[1], fontsize=9, ha="center", va="top")
    shared: dict[str, Axes] = {}
    logarithmic = {c for columns in rows.values() for c in columns if is_logarithmic(trials[c])}
    over_decades = spans_decades(trials.loc[trials["status"] == "ok", "value"])
    first: Axes | None = None
    for i, (name, columns) in enumerate(placed.items()):
        for column, j in columns.items():
            axes = figure.add_subplot(grid[i, j], sharex=shared.get(column), sharey=first)
            first = first or axes
            tidy(axes)
            axes.margins(y=0.1)
            if column not in shared:
                shared[column] = axes
                _scale(axes, trials[column], logarithmic=column in logarithmic)
            _scatter(axes, trials[trials["name"] == name], column, looks)
            axes.set_xlabel(fitted(hyperparameter_name(column), PANEL[0], 8), fontsize=8, labelpad=1)
            axes.tick_params(labelsize=8, labelleft=j == min(columns.values()))
        axes = figure.axes[-len(columns)]
        axes.set_ylabel(fitted(name, PANEL[1] + GAPS[1] - 0.1, 9), fontweight="bold", fontsize=9)
        axes.yaxis.set_label_coords(-0.55 / PANEL[0], 0.5)
    if first is not None and over_decades:
        log_axis(first, "y", steps=(1, 3))
    return figure


def places(rows: dict[str, list[str]]) -> dict[str, dict[str, int]]:
    """The column of panels of each loss's hyperparameters; those that most losses have come first, in columns of their own."""
    count = Counter(column for columns in rows.values() for column in columns)
    common = [column for column in count if 2 * count[column] > len(rows)]
    found = {}
    for name, columns in rows.items():
        others = [column for column in columns if column not in common]
        free = iter(range(len(common), len(common) + len(others)))
        found[name] = {c: common.index(c) if c in common else next(free) for c in columns}
    return found


def _scale(axes: Axes, values: pd.Series, *, logarithmic: bool) -> None:
    """Sets the axis of a hyperparameter for the values of all losses."""
    x = as_numbers(values)
    if logarithmic:
        log_axis(axes, "x", steps=(1,))
    if is_switch(values):
        axes.set_xticks([0, 1], ["no", "yes"])
    elif x.nunique() <= 3:
        axes.set_xticks(sorted(x.dropna().unique()))
    elif not logarithmic:
        axes.xaxis.set_major_locator(MaxNLocator(3))
    if x.nunique() <= 3:
        width = float(x.max() - x.min()) or 1.0
        axes.set_xlim(float(x.min()) - 0.25 * width, float(x.max()) + 0.25 * width)


def _scatter(axes: Axes, trials: pd.DataFrame, column: str, looks: dict[str, Style]) -> None:
    x, ok = as_numbers(trials[column]), trials["status"] == "ok"
    if x.nunique() <= 3:  # points of a choice would hide each other
        x = x + np.random.default_rng(0).uniform(-0.12, 0.12, len(x)) * (float(x.max() - x.min()) or 1.0)
    for name, rows in trials[ok].groupby("combination", sort=False):
        axes.scatter(x[rows.index], rows["value"], s=8 if len(x) > 50 else 16, **points(looks[str(name)]))
    axes.plot(x[~ok], np.full((~ok).sum(), 0.97), "x", transform=axes.get_xaxis_transform(), color="0.2", markersize=4)
    if ok.any():
        scores = trials["value"].to_numpy(float)
        best = int(np.argmin(np.where(ok, scores, np.inf)))
        axes.plot(x.iloc[best], scores[best], "o", mfc="none", mec="black", markersize=9)
