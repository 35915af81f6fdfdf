"""Losses against each other: how often one beats another, and their ranks over the data sets."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import panels
from benchmark.analysis.figures.texts import label_x, title
from benchmark.analysis.names import dataset_names
from benchmark.analysis.statistics.differences import probability_of_improvement
from benchmark.analysis.statistics.ranks import Ranks
from benchmark.analysis.styles import Style
from benchmark.analysis.trials import compared_trials, values_by_name, worst_scored


@own_style()
def improvement_matrix(table: pd.DataFrame) -> Figure | None:
    """The probability that a run of the row's loss scores lower than a run of the column's, with its 95% interval.

    Grey cells are undecided: their interval contains 0.5. None for a single loss.
    """
    trials, unit = compared_trials(table)
    ended = worst_scored(trials)
    names, datasets = list(dict.fromkeys(ended["name"])), list(dict.fromkeys(ended["dataset"]))
    if len(names) < 2:
        return None
    figure, grid = panels(len(datasets), 1.6 + 0.74 * len(names), 1.5 + 0.55 * len(names))
    for axes, dataset in zip(grid, datasets, strict=True):
        values = values_by_name(ended, dataset)
        for i, row in enumerate(names):
            for j, column in enumerate(names):
                if i == j or row not in values or column not in values:
                    continue
                share, low, high = probability_of_improvement(values[row], values[column])
                undecided = low <= 0.5 <= high
                shade = "0.93" if undecided else ("#b8d4ea" if share > 0.5 else "#f3cdb4")
                axes.add_patch(_cell(j, i, shade))
                axes.text(
                    j,
                    i - 0.13,
                    f"{share:.2f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    fontweight="normal" if undecided else "bold",
                )
                axes.text(j, i + 0.22, f"{low:.2f}-{high:.2f}", ha="center", va="center", fontsize=7, color="0.25")
        n = [f"{len(values.get(name, []))}" for name in names]
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=8)
        axes.set_yticks(range(len(names)), [f"{name} (n = {k})" for name, k in zip(names, n, strict=True)], fontsize=8)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(visible=False)
        title(axes, f"{dataset_names(table)[dataset]}: P(row scores lower than column), over {unit}")
    label_x(
        figure, "small: 95% interval; grey: it contains 0.5; blue: the row's loss is lower more often; orange: the column's"
    )
    return figure


def _cell(x: float, y: float, colour: str) -> Rectangle:
    return Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, facecolor=colour, edgecolor="none")


@own_style()
def rank_diagram(ranks: Ranks, looks: dict[str, Style]) -> Figure:
    """The critical-difference diagram of Demšar 2006: mean ranks on a line; bars join losses that do not differ significantly.

    Args:
        looks: the style of each loss, by name.
    """
    groups, k = ranks.groups(), len(ranks.mean)
    figure = Figure(figsize=(7, 1.6 + 0.22 * len(groups) + 0.24 * ((k + 1) // 2)), layout="constrained")
    axes = figure.subplots()
    left_end, right_end = -0.6, k + 1.6
    axes.set_xlim(left_end, right_end)
    axes.spines[["left", "right", "bottom"]].set_visible(False)
    axes.xaxis.tick_top()
    axes.set_xticks(range(1, k + 1))
    axes.set_yticks([])
    for i, (name, rank) in enumerate(ranks.mean.items()):
        left = i < (k + 1) // 2
        depth = -1.2 - 0.3 * len(groups) - 0.75 * (i if left else k - 1 - i)
        end = left_end if left else right_end
        axes.plot([rank, rank, end], [0, depth, depth], color="0.4", linewidth=0.8)
        drawn = looks[str(name)]
        axes.plot(rank, 0, drawn.marker, color=drawn.colour, mec="black", mew=0.5, markersize=9, clip_on=False, zorder=3)
        axes.text(end, depth + 0.08, f"{name} {rank:.2f}", ha="left" if left else "right", va="bottom", fontsize=9)
    for i, group in enumerate(groups):
        low, high = ranks.mean[group[0]], ranks.mean[group[-1]]
        axes.plot([low - 0.04, high + 0.04], [-0.4 - 0.3 * i] * 2, color="black", linewidth=3, solid_capstyle="butt")
    axes.set_title(
        f"mean rank over {ranks.datasets} data sets; critical difference {ranks.critical:.2f} (Nemenyi, 5%); "
        f"Friedman p = {ranks.p:.2g}",
        fontsize=9,
    )
    return figure
