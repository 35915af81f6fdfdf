"""The losses' ranking as a function of the budget: the samples of a search and the steps of a run."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from benchmark.analysis.fewer_steps import common_steps, stopped_at
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, tidy
from benchmark.analysis.figures.texts import fitted, head, label_x, label_y
from benchmark.analysis.names import dataset_names
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.tables.search import ranking, winning

WIDTHS = (2.7, 1.2)
"""The widths, in inches, of a panel of curves and of the panel with their intervals."""


@own_style()
def ranking_curves(table: pd.DataFrame, dataset: str, evaluations: pd.DataFrame | None = None) -> Figure | None:
    """Two panels for each number of steps: each loss's expected rank against the samples of its search, and intervals.

    The right panel has the 95% intervals at the largest number of samples of the curves. For searches of that size the title
    counts the pairs of losses whose better one is known: the interval of its probability of winning excludes 0.5. If the loss
    did not matter, all losses would be in the middle.

    Args:
        evaluations: the evaluations of the table's trials; without them there are only panels for the complete runs.

    Returns:
        None if the table is not a search by validation scores, or has a single loss.
    """
    rows = table[table["dataset"] == dataset]
    last = f"{int(rows['steps'].iloc[0]):,} steps" if len(rows) and "steps" in rows else "all steps"
    stages = {last: rows}
    if evaluations is not None:
        stages = {f"{step:,} steps": stopped_at(rows, evaluations, step) for step in common_steps(rows, evaluations)} or stages
    ranks = {stage: found for stage, trials in stages.items() if not (found := ranking(trials)).empty}
    if not ranks:
        return None
    looks, wide = styles(rows), min(len(ranks), 2)
    lines = -(-len(ranks) // wide)
    figure = Figure(figsize=(sum(WIDTHS) * wide + 1.2, 3.2 * lines + 0.5), layout="constrained")
    grid = figure.subplots(lines, 2 * wide, squeeze=False, sharey=True, width_ratios=WIDTHS * wide).reshape(-1, 2)
    for curves, intervals in grid[len(ranks) :]:
        curves.set_axis_off()
        intervals.set_axis_off()
    for (curves, intervals), (stage, found) in zip(grid, ranks.items(), strict=False):
        _curves(curves, found, looks)
        _intervals(intervals, found, looks)
        curves.set_title(fitted(f"{stage}: {_known(stages[stage])}", WIDTHS[0], 8), fontsize=8)
        for axes in (curves, intervals):
            tidy(axes)
            axes.axhline((1 + len(looks)) / 2, color="0.3", linewidth=0.8, linestyle=":")
    grid[0, 0].set_yticks(range(1, len(looks) + 1))
    grid[0, 0].set_ylim(len(looks) + 0.3, 0.7)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=8, frameon=False)
    label_x(figure, "k: hyperparameter samples of each loss's search; dotted: the middle rank")
    label_y(figure, "expected rank by test score (1 is the best)")
    head(figure, f"{dataset_names(table)[dataset]}: the budget needed to prefer one loss", 10)
    return figure


def _known(trials: pd.DataFrame) -> str:
    pairs = winning(trials)
    pairs = pairs[pairs["k"] == int(ranking(trials)["k"].max())]
    known = int(((pairs["low"] > 0.5) | (pairs["high"] < 0.5)).sum())
    return f"{known} of {len(pairs)} pairs told apart by searches of k = {int(pairs['k'].iloc[0])}"


def _curves(axes: Axes, found: pd.DataFrame, looks: dict[str, Style]) -> None:
    for name, of_loss in found.groupby("loss", sort=False):
        axes.plot(of_loss["k"], of_loss["rank"], label=str(name), **line(looks[str(name)]))
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(sorted(found["k"].unique())))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))


def _intervals(axes: Axes, found: pd.DataFrame, looks: dict[str, Style]) -> None:
    most = int(found["k"].max())
    for place, (_, row) in enumerate(found[found["k"] == most].iterrows()):
        drawn = line(looks[str(row["loss"])]) | {"linestyle": "-", "marker": ""}
        axes.plot([place, place], [row["low"], row["high"]], **drawn)
        axes.plot([place - 0.3, place + 0.3], [row["rank"]] * 2, color="black", linewidth=1.5)
    axes.set_xticks([])
    axes.set_xlim(-0.8, len(looks) - 0.2)
    axes.set_title(fitted(f"k = {most}, with 95% intervals", WIDTHS[1], 8), fontsize=8)
