"""Each loss's best setting under many seeds, with the paper's numbers where they measure the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.analysis.figures.distribution import heading
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import log_axis, panels, points
from benchmark.analysis.figures.texts import fitted, label_x, title
from benchmark.analysis.names import score_name
from benchmark.analysis.paper import best_fid, comparable
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.trials import seed_trials
from benchmark.columns import WITHOUT_SCORE


@own_style()
def seeds_figure(table: pd.DataFrame, paper: pd.DataFrame | None = None) -> Figure:
    """Each loss's runs with their mean and its 95% interval; below them the paper's mean and std if comparable."""
    paper = best_fid() if paper is None else paper
    trials = seed_trials(table)
    looks, datasets = styles(trials), list(dict.fromkeys(trials["dataset"]))
    names = list(looks)
    figure, grid = panels(len(datasets), 7.5 if len(datasets) == 1 else 6.2, 1.3 + 0.55 * len(names))
    for axes, dataset in zip(grid, datasets, strict=True):
        of_dataset = trials[trials["dataset"] == dataset]
        rows, why_not = comparable(of_dataset, paper)
        scores = of_dataset.loc[of_dataset["status"] == "ok", "best"].astype(float)
        if spans_decades([*scores, *rows["mean"]]):
            log_axis(axes, "x")
        for y, name in enumerate(reversed(names)):
            _row(axes, y, looks[name], of_dataset[of_dataset["name"] == name], rows[rows.index == name])
        axes.set_yticks(range(len(names)), list(reversed(names)))
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.grid(visible=False, axis="y")
        title(axes, heading(of_dataset), 11)
        note = "white squares: the paper's mean ± std, n = 50" if why_not == "" else f"no numbers of the paper: {why_not}"
        axes.set_xlabel(fitted(note, 5.5, 8), fontsize=8, color="0.3")
        if scores.empty:
            axes.set_xticks([])
    score = score_name(str(table["score"].iloc[0]))
    label_x(figure, f"{score}: every seed, and above them the mean and its 95% interval (lower is better)")
    return figure


def _row(axes: Axes, y: int, look: Style, trials: pd.DataFrame, beside: pd.DataFrame) -> None:
    scores = trials.loc[trials["status"] == "ok", "best"].astype(float)
    height = y + 0.2  # of the interval: above the points, so that it does not hide them
    if len(scores):
        jitter = np.random.default_rng(0).uniform(-0.1, 0.1, len(scores))
        axes.scatter(scores, y + jitter, s=14, **(points(look) | {"alpha": 0.5}))
        low, high = mean_interval(scores)
        if np.isfinite(low):
            axes.plot([low, high], [height, height], color="black", linewidth=2, zorder=3)
        axes.plot(scores.mean(), height, "|", color="black", markersize=9, markeredgewidth=2, zorder=4)
    for mean, std in beside[["mean", "std"]].to_numpy(float):
        axes.errorbar(mean, y - 0.27, xerr=std, fmt="s", mfc="white", mec="0.2", ecolor="0.2", capsize=2, markersize=4)
    counts = [
        f"n = {len(scores)}",
        *(f"{k} {s}" for s in WITHOUT_SCORE if (k := (trials["status"] == s).sum())),
    ]
    remembered = ["paper's numbers from memory"] if (beside["note"] == "as remembered").any() else []
    axes.annotate(", ".join(counts + remembered), (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8)
