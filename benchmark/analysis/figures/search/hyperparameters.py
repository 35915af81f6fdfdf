"""Scores against each hyperparameter of each loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import log_axis, points, tidy
from benchmark.analysis.names import dataset_names, hyperparameter_name, score_name
from benchmark.analysis.statistics.scales import as_numbers, is_logarithmic, is_switch, spans_decades
from benchmark.analysis.trials import search_trials, varied_hyperparameters, worst_scored


@own_style()
def hyperparameter_scatter(table: pd.DataFrame, dataset: str) -> Figure | None:
    """The score of each setting on the data set against each hyperparameter, a row per loss; None where nothing varies.

    The best trial is ringed. Diverged and failed trials are crosses at the upper edge, where their hyperparameters were.
    """
    trials = worst_scored(search_trials(table[table["dataset"] == dataset]))
    rows = varied_hyperparameters(trials)
    if not rows:
        return None
    names, wide = list(dict.fromkeys(table["name"])), max(map(len, rows.values()))
    width, height = 2.1 * wide + 0.9, 1.75 * len(rows) + 0.4
    figure = Figure(figsize=(width, height))  # placed by hand: a layout engine takes seconds over so many panels
    figure.subplots_adjust(
        left=0.95 / width, right=1 - 0.15 / width, bottom=0.5 / height, top=1 - 0.4 / height, wspace=0.12, hspace=0.42
    )
    grid = figure.subplots(len(rows), wide, squeeze=False, sharey=True)
    ok = trials.loc[trials["status"] == "ok", "value"]
    if spans_decades(ok):
        log_axis(grid[0, 0], "y")
    logarithmic = {c for columns in rows.values() for c in columns if is_logarithmic(trials[c])}
    many = len(trials) > 400
    for line, (name, columns) in zip(grid, rows.items(), strict=True):
        for axes in line[len(columns) :]:
            axes.set_axis_off()
        for axes, column in zip(line, columns, strict=False):
            if column in logarithmic:
                log_axis(axes, "x", steps=(1,))
            _scatter(axes, trials[trials["name"] == name], column, points(name, names), many)
        line[0].set_ylabel(name, fontweight="bold", fontsize=9)
    score = score_name(str(table["score"].iloc[0]))
    figure.supylabel(f"{score}; crosses: diverged or failed", fontsize=9, x=0.12 / width, ha="left")
    figure.suptitle(dataset_names(table)[dataset], fontsize=11, y=1 - 0.1 / height, va="top")
    return figure


def _scatter(axes: Axes, trials: pd.DataFrame, column: str, drawn: dict[str, object], many: bool) -> None:
    tidy(axes)
    x, ok = as_numbers(trials[column]), trials["status"] == "ok"
    if is_switch(trials[column]):
        axes.set_xticks([0, 1], ["no", "yes"])
    elif x.nunique() <= 3:
        axes.set_xticks(sorted(x.dropna().unique()))
    if x.nunique() <= 3:  # points of a choice would hide each other
        width = float(x.max() - x.min()) or 1.0
        x = x + np.random.default_rng(0).uniform(-0.06, 0.06, len(x)) * width
        axes.set_xlim(float(x.min()) - 0.2 * width, float(x.max()) + 0.2 * width)
    axes.scatter(x[ok], trials.loc[ok, "value"], s=8 if many else 16, **drawn)  # type: ignore[arg-type]
    axes.plot(x[~ok], np.full((~ok).sum(), 0.97), "x", transform=axes.get_xaxis_transform(), color="0.2", markersize=4)
    if ok.any():
        scores = trials["value"].to_numpy(float)
        best = int(np.argmin(np.where(ok, scores, np.inf)))
        axes.plot(x.iloc[best], scores[best], "o", mfc="none", mec="black", markersize=9)
    axes.set_xlabel(hyperparameter_name(column), fontsize=8, labelpad=1)
    axes.tick_params(labelsize=7)
