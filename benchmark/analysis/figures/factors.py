"""How much each choice of a crossed study matters: its share of variance, the best of each level, every combination."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from benchmark.analysis.crossing import LOSS, SETTINGS, crossed_trials
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, log_axis, panels, tidy
from benchmark.analysis.figures.texts import fitted, head, label_x, label_y
from benchmark.analysis.formats import number
from benchmark.analysis.names import dataset_names, score_name
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.styles import Style, loss_styles
from benchmark.analysis.tables.factors import combinations, factor_levels, factor_shares

ALONE, TOGETHER, ELSE = "#4C72B0", "#A9BCDB", "#C8C8C8"
"""The colours of single choices, of two choices together, and of everything else."""
LEVELS = (
    Style("#000000", "o", "-"),
    Style("#0072B2", "s", "--"),
    Style("#D55E00", "^", "-."),
    Style("#009E73", "D", ":"),
    Style("#CC79A7", "v", (0, (7, 2))),
    Style("#E69F00", "P", (0, (3, 1))),
)
"""The styles of the levels of choices other than the loss."""
KINDS = {SETTINGS: "settings", "seeds": "runs"}


@own_style()
def factor_bars(table: pd.DataFrame, dataset: str, shares: pd.DataFrame | None = None) -> Figure | None:
    """A bar for each choice, and for each pair of choices, with the share of the variance of log scores that it explains.

    The largest is on top and the unexplained rest at the bottom; lines are 95% intervals.

    Args:
        shares: the table ``factors``, if it was already computed.

    Returns:
        None for a table that crosses nothing.
    """
    rows = factor_shares(table) if shares is None else shares
    rows = rows[rows["dataset"] == dataset] if len(rows) else rows
    if rows.empty:
        return None
    figure, (axes,) = panels(1, 7.0, 1.3 + 0.3 * len(rows))
    places = np.arange(len(rows))
    colours = [(ELSE, ALONE, TOGETHER)[int(choices)] for choices in rows["choices"]]
    axes.barh(places, rows["share"], height=0.65, color=colours, edgecolor="0.3", linewidth=0.5)
    axes.hlines(places, rows["low"], rows["high"], color="black", linewidth=1.5)
    for place, (share, high) in enumerate(zip(rows["share"], rows["high"], strict=True)):
        axes.text(max(share, high) + 0.012, place, f"{share:.0%}", va="center", fontsize=9)
    axes.set_yticks(places, rows["factor"].tolist(), fontsize=10)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, min(1.1, float(rows["high"].max()) + 0.1))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(visible=False, axis="y")
    first = rows.iloc[0]
    label_x(
        figure,
        f"share of the variance of log scores, with 95% interval ({first['n']} {KINDS[first['over']]} of "
        f"{first['combinations']} combinations); light: interactions of two choices",
    )
    head(figure, f"{dataset_names(table)[dataset]}: which choice matters how much")
    return figure


@own_style()
def level_curves(table: pd.DataFrame, dataset: str, levels: pd.DataFrame | None = None) -> Figure | None:
    """A panel for each choice: the expected lowest score of k trials at each level, against k, with its interval.

    Args:
        levels: the table ``factor-levels``, if it was already computed.

    Returns:
        None for a table that crosses nothing.
    """
    rows = factor_levels(table) if levels is None else levels
    rows = rows[rows["dataset"] == dataset] if len(rows) else rows
    if rows.empty:
        return None
    factors = list(dict.fromkeys(rows["factor"]))
    figure, grid = panels(len(factors), 3.6, 3.6, columns=3)
    looks = loss_looks(table)
    for axes, factor in zip(grid, factors, strict=True):
        of_factor = rows[rows["factor"] == factor]
        last = of_factor[of_factor["k"] == of_factor["k"].max()].set_index("level")["best_of_k"]
        names = list(dict.fromkeys(of_factor["level"]))
        for level in last.sort_values(ascending=False).index:
            look = looks[level] if factor == LOSS else LEVELS[names.index(level) % len(LEVELS)]
            of_level = of_factor[of_factor["level"] == level]
            axes.fill_between(of_level["k"], of_level["low"], of_level["high"], color=look.colour, alpha=0.15, linewidth=0)
            axes.plot(of_level["k"], of_level["best_of_k"], label=level, **line(look))
        if spans_decades(rows[["low", "high"]].to_numpy().ravel()):
            log_axis(axes, "y")
        axes.set_xscale("log")
        axes.set_xticks(sorted(of_factor["k"].unique()), sorted(of_factor["k"].unique()), minor=False)
        axes.minorticks_off()
        axes.sharey(grid[0])
        axes.set_title(factor, fontsize=10)
        axes.legend(fontsize=8, frameon=False, loc="upper right", handlelength=2.5)
    grid[0].autoscale(axis="y")  # to what all panels show, which now share it
    kind = KINDS[rows["over"].iloc[0]]
    label_x(figure, f"k: {kind} of a level, whatever else is chosen (band: 95% interval)")
    label_y(figure, f"lowest of k, {score_name(str(table['score'].iloc[0]))}")
    head(figure, f"{dataset_names(table)[dataset]}: what each choice reaches")
    return figure


def loss_looks(table: pd.DataFrame) -> dict[str, Style]:
    """The style of each loss of a crossed table, by its printed level."""
    looks = loss_styles(table)
    found: dict[str, Style] = {}
    for _, _, trials, levels in crossed_trials(table):
        if LOSS in levels:
            found |= {str(name): looks[str(key)] for name, key in zip(levels[LOSS], trials["loss"], strict=True)}
    return found


@own_style()
def combination_grid(table: pd.DataFrame, dataset: str, found: pd.DataFrame | None = None) -> Figure | None:
    """A cell for each combination with the geometric mean of its scores; rows are the first choice, columns the second.

    There is a panel for each combination of the remaining choices. A star marks cells with trials that diverged or failed; the
    lowest cell has a frame.

    Args:
        found: the table ``combinations``, if it was already computed.

    Returns:
        None for a table that crosses nothing, or has only one choice.
    """
    rows = combinations(table) if found is None else found
    rows = rows[rows["dataset"] == dataset] if len(rows) else rows
    factors = [str(c) for c in list(rows)[1 : list(rows).index("over")]] if len(rows) else []
    if len(factors) < 2:
        return None
    first, second, *others = factors
    orders = {f: list(dict.fromkeys(rows[f])) for f in factors}
    panel_keys = [key for key in product(*(orders[f] for f in others)) if len(_of(rows, others, key))]
    wide = 1.0 + 0.78 * len(orders[second])
    figure, grid = panels(len(panel_keys), wide, 1.3 + 0.36 * len(orders[first]), columns=max(1, int(11 / wide)))
    low, high = float(rows["geometric_mean"].min()), float(rows["geometric_mean"].max())
    norm = LogNorm(low, high * 1.0001)
    for axes, key in zip(grid, panel_keys, strict=True):
        _cells(axes, _of(rows, others, key), (first, second), orders, norm, low)
        axes.set_title(fitted(", ".join(key), wide, 10), fontsize=10)
    lost = "; *: some diverged or failed" if rows["without_score"].any() else ""
    ends, kind = sorted({int(rows["n"].min()), int(rows["n"].max())}), KINDS[rows["over"].iloc[0]]
    of_each = f"{' to '.join(map(str, ends))} {kind} of each; lower is better; frame: the lowest{lost}"
    label_x(figure, f"geometric mean of {score_name(str(table['score'].iloc[0]))}\n{of_each}")
    head(figure, f"{dataset_names(table)[dataset]}: every combination")
    return figure


def _of(rows: pd.DataFrame, factors: list[str], key: tuple[str, ...]) -> pd.DataFrame:
    for factor, level in zip(factors, key, strict=True):
        rows = rows[rows[factor] == level]
    return rows


def _cells(
    axes: Axes, rows: pd.DataFrame, factors: tuple[str, str], orders: dict[str, list[str]], norm: LogNorm, low: float
) -> None:
    first, second = factors
    shades = colormaps["viridis_r"]
    for row in rows.to_dict("records"):
        x, y, value = orders[second].index(row[second]), orders[first].index(row[first]), float(row["geometric_mean"])
        shade = shades(norm(value))
        (cell,) = axes.barh(y, 0.94, 0.9, left=x - 0.47, color=shade)
        if value <= low:
            cell.set(edgecolor="#C00000", linewidth=2.5)
        dark = 0.3 * shade[0] + 0.6 * shade[1] + 0.1 * shade[2] < 0.5
        text = (number(value) if value < 100 else f"{value:.3g}") + ("*" if row["without_score"] else "")
        axes.text(x, y, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    tidy(axes)
    axes.grid(visible=False)
    axes.set_xticks(range(len(orders[second])), [fitted(level, 0.75, 8) for level in orders[second]], fontsize=8)
    axes.set_yticks(range(len(orders[first])), orders[first], fontsize=8)
    axes.set_xlim(-0.5, len(orders[second]) - 0.5)
    axes.set_ylim(len(orders[first]) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
