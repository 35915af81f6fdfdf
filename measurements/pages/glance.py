"""A figure of a study of seeds: every run's score, and samples of each loss's median run.

``python -m measurements.pages.glance fashion-standard-seeds`` draws ``glance.png`` into the study's folder.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread

from benchmark.analysis.figures.panels import log_axis, points, save, tidy
from benchmark.analysis.pictures import chosen_trials
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.summary import mean_interval
from measurements.pages.published import STUDIES, published

SAMPLES = 8  # samples in a row of a trial's picture
SHOWN = 2  # rows that are shown


def glance(name: str) -> Figure:
    """The study's losses, the lowest mean first: their runs with mean and 95% interval, and their images."""
    trials = published(name).trials
    scored = trials[trials["status"] == "ok"]
    order = scored.groupby("name")["best"].mean().sort_values().index.tolist()
    medians = chosen_trials(trials, "median").set_index("name")["picture"]
    figure = Figure(figsize=(11, 0.62 * len(order) + 0.9), layout="constrained")
    looks, grid = styles(trials), figure.add_gridspec(len(order), 2, width_ratios=(4, 6))
    scores = figure.add_subplot(grid[:, 0])
    tidy(scores)
    for row, loss in enumerate(order):
        draw_runs(scores, row, looks[loss], scored.loc[scored["name"] == loss, "best"].astype(float))
        images = figure.add_subplot(grid[row, 1])
        images.imshow(strip(imread(STUDIES / name / medians[loss])), interpolation="nearest", aspect="equal")
        images.set_axis_off()
    scores.set_yticks(range(len(order)), order)
    scores.set_ylim(len(order) - 0.5, -0.5)
    scores.grid(visible=False, axis="y")
    log_axis(scores, "x", steps=(1, 2, 3, 5))
    scores.set_xlabel(f"{trials['score'].iloc[0]}: every run, mean, 95% interval of the mean", fontsize=9)
    scores.set_title("lower is better", fontsize=10)
    runs = scored.groupby("name").size().min()
    figure.suptitle(f"{runs} runs of each loss, and images from its run of median score", fontsize=12)
    return figure


def draw_runs(axes: Axes, row: int, look: Style, values: pd.Series) -> None:
    """Draws one loss's runs in their row."""
    jitter = np.random.default_rng(0).uniform(-0.15, 0.15, len(values))
    axes.scatter(values, row + jitter, s=16, **(points(look) | {"alpha": 0.5}))
    axes.plot(mean_interval(values), [row - 0.28] * 2, color="black", linewidth=2)  # above its points
    axes.plot(values.mean(), row - 0.28, "|", color="black", markersize=9, markeredgewidth=2)


def strip(picture: np.ndarray) -> np.ndarray:
    """The first rows of a picture of samples, side by side."""
    side = (picture.shape[0] - 1) // SAMPLES
    return np.concatenate([picture[1 + r * side : (r + 1) * side, :-1] for r in range(SHOWN)], axis=1)


if __name__ == "__main__":
    save(glance(sys.argv[1]), STUDIES / sys.argv[1] / "glance.png")
