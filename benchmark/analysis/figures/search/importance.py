"""The factors that explain the variance of scores, over several losses and within each."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import tidy
from benchmark.analysis.names import dataset_names
from benchmark.analysis.statistics.importance.forest import LOSS, OWN, with_loss
from benchmark.analysis.styles import styles
from benchmark.analysis.tables.importance import COMMON_NAMES, importances

SEVERAL = "#4C72B0"  # the colour of several losses together, which no loss has


@own_style()
def importance_bars(table: pd.DataFrame, dataset: str, shares: pd.DataFrame | None = None) -> Figure | None:
    """A panel for all losses together and one per loss: the share of the variance of log scores explained by each factor.

    Lines are 95% intervals; crosses are the largest share found in shuffled scores. Factors have the same order in all panels:
    common hyperparameters, the losses' own settings, then the loss.

    Args:
        shares: the table ``importance``, if it was already computed.

    Returns:
        None if there are too few trials for a forest, or nothing varies.
    """
    rows = importances(table[table["dataset"] == dataset]) if shares is None else shares
    rows = rows[rows["dataset"] == dataset] if len(rows) else rows
    if rows.empty:
        return None
    looks = styles(table)
    parts = list(dict.fromkeys(rows["of"]))
    columns = min(2, len(parts))
    order = _in_order(rows)
    heights = [max(int((rows["of"] == of).sum()) for of in parts[i : i + columns]) for i in range(0, len(parts), columns)]
    inches = [0.75 + 0.21 * height for height in heights]
    figure = Figure(figsize=(4.6 * columns + 0.2, sum(inches) + 1.1), layout="constrained")
    grid = figure.subplots(len(heights), columns, squeeze=False, sharex=True, height_ratios=inches).flatten()
    for axes in grid[len(parts) :]:
        axes.set_axis_off()
    for place, (axes, of) in enumerate(zip(grid, parts, strict=False)):
        of_part = rows[rows["of"] == of].set_index("factor")
        of_part = of_part.loc[[factor for factor in order if factor in of_part.index]]
        _bars(axes, of_part, looks[of].colour if of in looks else SEVERAL, heights[place // columns])
        n, r2 = int(of_part["n"].iloc[0]), float(of_part["forest_r2"].iloc[0])
        axes.set_title(f"{of} (n = {n}, R² = {r2:.2f})", fontsize=9)
    for axes in grid[max(0, len(parts) - columns) : len(parts)]:
        axes.tick_params(labelbottom=True)
    label = (
        "share of the variance of log scores, with 95% interval; x: largest share in shuffled scores. "
        "R²: what the forest explains of trials it has not seen"
    )
    figure.supxlabel(fill(label, 60 * columns), fontsize=8)
    figure.suptitle(fill(f"{dataset_names(table)[dataset]}: what the score depends on", 45 * columns), fontsize=11)
    return figure


def _in_order(rows: pd.DataFrame) -> list[str]:
    """The factors in order: common hyperparameters, those of single losses by name, then factors of several losses."""
    factors = set(rows["factor"])
    joint = [OWN, LOSS, *map(with_loss, COMMON_NAMES)]
    single = sorted(factors.difference(COMMON_NAMES, joint))
    return [factor for factor in [*COMMON_NAMES, *single, *joint] if factor in factors]


def _bars(axes: Axes, rows: pd.DataFrame, colour: str, height: int) -> None:
    tidy(axes)
    places = np.arange(len(rows))
    axes.barh(places, rows["share"], height=0.6, color=colour, alpha=0.75, edgecolor="0.3", linewidth=0.5)
    axes.hlines(places, rows["low"], rows["high"], color="black", linewidth=1.2)
    axes.plot(rows["shuffled"], places, "x", color="#C00000", markersize=5, clip_on=False)
    axes.set_yticks(places, list(rows.index), fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_ylim(height - 0.4, -0.6)  # so that all bars in a row of panels have the same thickness
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(visible=False, axis="y")
