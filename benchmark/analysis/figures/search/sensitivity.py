"""The score against the learning rate for each loss, and the losses' share of variance as the range of rates narrows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

from benchmark.analysis.crossing import crosses_parts, has_many, merged
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, log_axis, panels, penalty_handles, points
from benchmark.analysis.figures.texts import head, label_x, label_y, title
from benchmark.analysis.names import dataset_names, score_name
from benchmark.analysis.statistics.importance.cubic import fit_cubic
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.tables.importance import narrowed_ranges, searched, with_rate
from benchmark.factors import PENALTY


@own_style()
def sensitivity_curves(table: pd.DataFrame, dataset: str) -> Figure | None:
    """A panel per loss: every setting's score against its learning rate, and a cubic in the log rate with its 95% band.

    A crossed study has a panel per loss and normalisation, and markers for penalties. All panels have the same axes. If only
    losses are compared, the last panel shows their share of the variance of log scores among settings above a minimum rate,
    with its 95% interval. Crosses are diverged and failed trials, which count as the worst score.

    Returns:
        None if the table is not a search, or has a single learning rate.
    """
    rows, looks = table[table["dataset"] == dataset], styles(table)
    trials = with_rate(dict(searched(rows)).get(dataset, rows.iloc[:0].assign(value=[], log=[])))
    if trials.empty or trials["log_rate"].nunique() < 2:
        return None
    trials = merged(trials, PENALTY.name)
    losses = list(dict.fromkeys(trials["name"]))
    shares = pd.DataFrame() if crosses_parts(rows) else narrowed_ranges(rows)
    figure, grid = panels(len(losses) + (not shares.empty), 2.7, 2.45, columns=min(4 if has_many(rows) else 3, len(losses)))
    lowest, highest = float(trials["value"].min()), float(trials["value"].max())
    margin = (highest / lowest) ** 0.06
    limits = (lowest / margin, highest * margin)
    for axes, name in zip(grid, losses, strict=False):
        of_loss = trials[trials["name"] == name]
        _curve(axes, of_loss, looks)
        title(axes, f"{name} (n = {len(of_loss)})")
        if spans_decades(trials["value"]):
            log_axis(axes, "y", steps=(1, 3))
        else:
            axes.set_yscale("log")
        axes.set_ylim(*limits)
        _rates(axes, trials)
    if not shares.empty:
        _shares(grid[-1], shares, trials)
    told = "learning rate (line: a cubic in its logarithm, with 95% band; crosses: diverged or failed)"
    if has_many(rows):
        figure.legend(handles=penalty_handles(trials, looks), loc="outside right upper", fontsize=8, frameon=False)
    label_x(figure, told, size=8)
    label_y(figure, score_name(str(table["score"].iloc[0])))
    head(figure, f"{dataset_names(table)[dataset]}: the score against the learning rate")
    return figure


def _rates(axes: Axes, trials: pd.DataFrame) -> None:
    low, high = 10 ** float(trials["log_rate"].min()), 10 ** float(trials["log_rate"].max())
    axes.set_xscale("log")
    axes.set_xlim(low / 1.3, high * 1.3)
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(labelsize=8)


def _curve(axes: Axes, trials: pd.DataFrame, looks: dict[str, Style]) -> None:
    ok = trials["status"] == "ok"
    rate = 10 ** trials["log_rate"]
    fitted = fit_cubic(trials["log_rate"], trials["log"])
    if fitted is not None:
        at = np.linspace(trials["log_rate"].min(), trials["log_rate"].max(), 100)
        middle, low, high = (np.exp(np.clip(part, -700, 700)) for part in fitted.at(at))
        drawn = line(looks[trials["combination"].iloc[0]])
        axes.fill_between(10**at, low, high, color=drawn["color"], alpha=0.22, linewidth=0)
        axes.plot(10**at, middle, **(drawn | {"marker": ""}))
    for name, rows in trials[ok].groupby("combination", sort=False):
        axes.scatter(rate[rows.index], rows["value"], s=14, zorder=3, **points(looks[str(name)]))
    axes.plot(rate[~ok], trials.loc[~ok, "value"], "x", color="0.2", markersize=4, zorder=3)


def _shares(axes: Axes, shares: pd.DataFrame, trials: pd.DataFrame) -> None:
    for (of, rows), colour, dashes in zip(shares.groupby("of", sort=False), ("0.45", "#4C72B0"), ("--", "-"), strict=False):
        axes.fill_between(rows["rates_from"], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        drawn: dict[str, Any] = {"color": colour, "linestyle": dashes, "marker": "o", "markersize": 4}
        axes.plot(rows["rates_from"], rows["share_of_losses"], label=of, **drawn)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_title("loss's share by lowest rate", fontsize=9)
    axes.legend(fontsize=7, frameon=False, loc="upper left")
    _rates(axes, trials)
