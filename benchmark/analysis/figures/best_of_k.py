"""What more trials gain: the best of k trials against k, with mean and band by the paper's bootstrap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, log_axis, panels, small_multiples
from benchmark.analysis.figures.texts import fitted, head, label_x, label_y, title
from benchmark.analysis.names import budget_name, dataset_names, score_name
from benchmark.analysis.statistics.minimum import SCHEME, minimum_curve
from benchmark.analysis.statistics.scales import spans_decades
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.trials import curve_trials, values_by_name, worst_scored
from benchmark.columns import WITHOUT_SCORE, score_column

MANIFOLD = {
    "f1": f"highest F1, with 95% band ({SCHEME})",
    score_column("precision"): "its precision",
    "recall": "its recall",
}
"""The scores on a known manifold, by column, with their axis labels."""


@own_style()
def minimum_curves(table: pd.DataFrame, dataset: str) -> Figure:
    """A panel per loss: its expected lowest score after k trials, and the band that contains 95% of draws of k trials.

    The other losses are grey. Diverged and failed trials count as the worst score of the data set; the title gives their
    number.
    """
    trials, unit = curve_trials(table[table["dataset"] == dataset])
    names = list(dict.fromkeys(trials["name"]))
    drawn, looks = _minima(trials, dataset), styles(trials)
    figure, grid = small_multiples(len(names))
    for axes, name in zip(grid, names, strict=True):
        for other in (n for n in drawn if n != name):
            axes.plot(drawn[other]["k"], drawn[other]["expected"], color="0.75", linewidth=0.8)
        if name in drawn:
            _band(axes, looks[name], drawn[name])
            _curve(axes, looks[name], drawn[name], "")
        title(axes, _legend(name, trials[trials["name"] == name]), 8)
        _finish(axes, "", drawn, legend=False)
        axes.sharey(grid[0])
    grid[0].autoscale(axis="y")  # over the data of all panels, which now share the axis
    label_x(figure, f"k, number of {unit}; line: mean, band: 95% of draws ({SCHEME}); grey: the other losses' means")
    label_y(figure, f"lowest {score_name(str(table['score'].iloc[0]))}")
    head(figure, ": ".join(filter(None, (dataset_names(table)[dataset], budget_name(trials)))))
    return figure


def _minima(trials: pd.DataFrame, dataset: str) -> dict[str, pd.DataFrame]:
    """The curve of each loss with trials on the data set; empty if no trial there has a score."""
    values = values_by_name(worst_scored(trials), dataset)
    return {name: minimum_curve(of_loss) for name, of_loss in values.items() if np.isfinite(of_loss).all()}


@own_style()
def manifold_curves(table: pd.DataFrame) -> Figure | None:
    """F1 against k as in the paper, with precision and recall of the trial with the best F1.

    None if the table has no F1, or no F1 above 0.
    """
    columns = [c for c in MANIFOLD if c in table and pd.api.types.is_numeric_dtype(table[c]) and table[c].notna().any()]
    if "f1" not in columns:
        return None
    trials, unit = curve_trials(table)
    trials = trials[trials["status"] != "pending"]
    # A trial that diverged or failed draws no images on the manifold, so its scores are 0.
    trials = trials.assign(**{c: trials[c].where(trials["status"] == "ok").fillna(0.0) for c in columns})
    looks, datasets = styles(trials), list(dict.fromkeys(trials.loc[trials["f1"] > 0, "dataset"]))
    if not datasets:
        return None
    figure, grid = panels(len(columns) * len(datasets), 4.2, 3.9, columns=len(columns))
    for i, dataset in enumerate(datasets):
        for j, column in enumerate(columns):
            axes = grid[i * len(columns) + j]
            drawn: dict[str, pd.DataFrame] = {}
            for name, of_loss in trials[trials["dataset"] == dataset].groupby("name", sort=False):
                f1, quality = of_loss["f1"].to_numpy(float), of_loss[column].to_numpy(float)
                curve = minimum_curve(-f1, of=quality)
                if column == "f1":
                    curve["low"], curve["high"] = -curve["high"], -curve["low"]
                    _band(axes, looks[str(name)], curve)
                else:
                    curve = curve[["k", "expected"]]
                drawn[str(name)] = curve
                _curve(axes, looks[str(name)], curve, _legend(str(name), of_loss))
            title(axes, dataset_names(table)[dataset], 11)
            _finish(axes, unit, drawn, legend=j == 0)
            axes.set_yscale("linear")
            axes.set_ylabel(fitted(MANIFOLD[column], 3.2, 10), ma="center")
            axes.set_ylim(0, 1)
    return figure


def _curve(axes: Axes, look: Style, curve: pd.DataFrame, legend: str) -> None:
    every = max(1, len(curve) // 8)
    axes.plot(curve["k"], curve["expected"], label=legend, markevery=every, **line(look))


def _band(axes: Axes, look: Style, curve: pd.DataFrame) -> None:
    axes.fill_between(curve["k"], curve["low"], curve["high"], color=look.colour, alpha=0.2, linewidth=0)


def _legend(name: str, trials: pd.DataFrame) -> str:
    counts = {s: int((trials["status"] == s).sum()) for s in WITHOUT_SCORE}
    ended = len(trials) - counts["pending"]
    return ", ".join([f"{name} (n = {ended})", *(f"{count} {s}" for s, count in counts.items() if count)])


def _finish(axes: Axes, unit: str, drawn: dict[str, pd.DataFrame], *, legend: bool) -> None:
    if unit:
        axes.set_xlabel(f"k, number of {unit}")
    if not drawn:
        axes.text(0.5, 0.5, "no trial ended with a score", transform=axes.transAxes, ha="center", color="0.3")
        axes.set(xticks=[], yticks=[])
        return
    longest = max(int(curve["k"].max()) for curve in drawn.values())
    if longest > 30:
        log_axis(axes, "x")
    else:
        axes.set_xlim(0.5, longest + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if spans_decades(
        np.concatenate(
            [curve[[c for c in ("low", "expected", "high") if c in curve]].to_numpy().ravel() for curve in drawn.values()]
        )
    ):
        log_axis(axes, "y")
    if legend:
        axes.legend(fontsize=7, frameon=False, handlelength=4)
