"""The score of a run against its steps, to show what a longer run would gain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.analysis.fewer_steps import common_steps, stopped_at
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, log_axis, small_multiples
from benchmark.analysis.figures.texts import head, label_x, label_y, title
from benchmark.analysis.names import dataset_names, score_name
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.styles import styles
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.trials import has_seeds, seed_trials

MOST_TICKS = 6


@own_style()
def step_curves(table: pd.DataFrame, dataset: str, evaluations: pd.DataFrame | None) -> Figure | None:
    """A panel for each loss with several seeds: the mean lowest score so far against the steps, with 95% t intervals.

    Thin lines are the scores of single runs, which may rise again; the other losses' means are grey. Steps at which some run
    was not scored are left out, and so are runs without a score.

    Returns:
        None if the table has no seeds, or scores at only one number of steps.
    """
    rows = table[table["dataset"] == dataset]
    if evaluations is None or rows.empty or not has_seeds(rows):
        return None
    trials = seed_trials(rows)
    trials = trials[trials["status"] == "ok"]  # a run that diverged later has only early scores
    steps = common_steps(trials, evaluations)
    if len(steps) < 2:
        return None
    score = str(trials["score"].iloc[0])
    means = {step: _means(stopped_at(trials, evaluations, step)) for step in steps}
    looks = styles(trials)
    names = list(looks)
    figure, grid = small_multiples(len(names))
    for axes, name in zip(grid, names, strict=True):
        for other in (n for n in names if n != name):
            axes.plot(steps, [float(means[step]["mean"][other]) for step in steps], color="0.8", linewidth=0.8)
        runs = trials[trials["name"] == name]
        for _, run in evaluations[evaluations["id"].isin(runs["id"])].sort_values("step").groupby("id"):
            axes.plot(run["step"], run[score], color=looks[name].colour, linewidth=0.6, alpha=0.6)
        shown = pd.DataFrame([means[step].loc[name] for step in steps])
        axes.plot(steps, shown["mean"], **(line(looks[name]) | {"marker": ""}))  # markers would hide the intervals
        axes.vlines(steps, shown["low"], shown["high"], color="black", linewidth=1.5, zorder=3)
        title(axes, f"{name} (n = {len(runs)})")
        _ticks(axes, steps)
        axes.sharey(grid[0])
    if spans_decades(np.concatenate([found["mean"].to_numpy(float) for found in means.values()])):
        log_axis(grid[0], "y")
    told = "thick: mean over seeds of the lowest score so far, with its 95% interval; thin: each run as scored then, "
    label_x(figure, f"training steps\n{told}which may rise; grey: the other losses' means")
    label_y(figure, score_name(score))
    head(figure, dataset_names(table)[dataset])
    return figure


def _ticks(axes: Axes, steps: list[int]) -> None:
    """Makes the axis logarithmic; if there are few steps, they are its ticks."""
    log_axis(axes, "x", (1,) if steps[-1] >= 100 * steps[0] else (1, 2, 5))
    if len(steps) <= MOST_TICKS:
        axes.set_xticks(steps, [f"{step:,}" for step in steps], fontsize=7)


def _means(trials: pd.DataFrame) -> pd.DataFrame:
    """Each loss's mean score with its interval: a row per loss, with the columns mean, low and high."""
    return pd.DataFrame(
        {name: [of.mean(), *mean_interval(of)] for name, of in trials.groupby("name")["best"]}, index=["mean", "low", "high"]
    ).T
