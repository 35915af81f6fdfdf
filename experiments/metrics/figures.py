"""Figures of how the metrics behave, from the tables of ``python -m experiments.metrics``."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import tidy

from .statistics import at_infinity, extrapolations

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00")  # Okabe and Ito 2008
DEGRADATIONS = {
    "noise": "noise: standard deviation",
    "blur": "blur: pixels",
    "gain": "gain: times 1 +",
    "gamma": "gamma: to the power of 1 +",
    "grey level": "grey level: added",
    "thresholding": "way to black and white",
    "checkerboard": "checkerboard: amplitude",
    "inversion": "share of images inverted",
    "mode dropping": "share left out of half the classes",
    "one class only": "share left out of all classes but one",
    "duplicates": "share replaced by copies",
    "mixing": "share replaced by triangles",
}
COLUMNS = 4  # panels in a row


@own_style()
def size_figure(size: pd.DataFrame, score: str) -> Figure:
    """FID against n, with a point per repetition, and against 1/n, with the line to infinite n."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    jitter = np.random.default_rng(0)
    for colour, (comparison, group) in zip(COLOURS, size.groupby("comparison", sort=False), strict=False):
        summary = group.groupby("n")["fid"].agg(["mean", "std"])
        left.scatter(
            group["n"] + jitter.uniform(-120, 120, len(group)), group["fid"], s=5, color=colour, alpha=0.35, linewidth=0
        )
        left.plot(summary.index, summary["mean"], color=colour, label=str(comparison))
        right.errorbar(1000 / summary.index, summary["mean"], summary["std"], fmt="o", markersize=4, capsize=2, color=colour)
        intercept, slope = at_infinity(group["n"], group["fid"])
        spread = extrapolations(group)["fid"].std()
        ends = np.array([0, 1.04 / group["n"].min()])
        right.plot(
            1000 * ends,
            intercept + slope * ends,
            color=colour,
            linewidth=1,
            label=f"{comparison}: {intercept:.3f} ± {spread:.3f} at infinite n",
        )
    left.set_xlabel("images on each side, n")
    right.set_xlabel("1000 / n")
    left.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    repetitions = size["repetition"].nunique()
    left.set_title(f"{repetitions} repetitions, each a point; lines are means", fontsize=10)
    right.set_title("mean ± standard deviation, and the line to infinite n", fontsize=10)
    right.set_xlim(left=0)
    for axes in (left, right):
        axes.set_ylabel(score)
        tidy(axes)
        axes.legend(frameon=False, fontsize=9)
    left.set_ylim(bottom=min(0, left.get_ylim()[0]))
    return figure


@own_style()
def dropped_figure(dropped: pd.DataFrame, score: str) -> Figure:
    """FID against the number of classes left out, with a point per repetition."""
    figure = Figure(figsize=(6, 4.2), layout="constrained")
    axes = figure.subplots()
    means = dropped.groupby("dropped")["fid"].mean()
    jitter = np.random.default_rng(0).uniform(-0.12, 0.12, len(dropped))
    axes.scatter(dropped["dropped"] + jitter, dropped["fid"], s=6, color=COLOURS[0], alpha=0.4, linewidth=0)
    axes.plot(means.index, means, color=COLOURS[0], marker="o", markersize=4)
    axes.set_xticks(list(means.index))
    axes.set_xlabel("classes left out of the training images")
    axes.set_ylabel(score)
    axes.set_title(
        f"{int(dropped['n'].iloc[0]):,} training images against all test images; {dropped['repetition'].nunique()} random "
        "orders\nof the classes, each a point; the line is the mean",
        fontsize=10,
    )
    tidy(axes)
    return figure


@own_style()
def degradation_figure(table: pd.DataFrame) -> Figure:
    """A panel per degradation, a line per extractor: FID against strength, divided by FID with half the classes missing."""
    extractors, kinds = list(table["extractor"].unique()), list(table["degradation"].unique())
    rows = -(-len(kinds) // COLUMNS)
    figure = Figure(figsize=(3 * COLUMNS, 2.5 * rows), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False, sharey=True).flatten()
    halves = table[(table["degradation"] == "mode dropping") & (table["level"] == 1)].groupby("extractor")["fid"].mean()
    for axes, kind in zip(panels, kinds, strict=False):
        for extractor, colour in zip(extractors, COLOURS, strict=False):
            of_kind = table[(table["extractor"] == extractor) & (table["degradation"] == kind)]
            relative = of_kind["fid"] / halves[extractor]
            means = relative.groupby(of_kind["level"]).mean()
            axes.scatter(of_kind["level"], relative, s=10, color=colour, alpha=0.4, linewidth=0)
            axes.plot(means.index, means, color=colour, label=str(extractor))
        axes.axhline(1, color="0.6", linewidth=1, linestyle=":")
        axes.set_yscale("log")
        axes.set_xlabel(DEGRADATIONS.get(str(kind), str(kind)))
        tidy(axes)
    for axes in panels[len(kinds) :]:
        axes.set_visible(False)
    figure.supylabel("FID / FID of half the classes missing", fontsize=10)
    figure.legend(*panels[0].get_legend_handles_labels(), frameon=False, fontsize=9, loc="outside lower center", ncols=4)
    count, n = table["repetition"].nunique(), int(table["n"].iloc[0])
    figure.suptitle(
        f"{n:,} degraded training images against all test images; {count} samples, the line is the mean;\n"
        "dotted: half the classes missing",
        fontsize=11,
    )
    return figure


@own_style()
def curve_figure(curve: pd.DataFrame, delta: float) -> Figure:
    """Precision and recall against delta, a panel each, with a line per generator."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, name in zip(panels, ("precision", "recall"), strict=True):
        groups = curve.groupby("generator", sort=False)
        for colour, style, (generator, rows) in zip(COLOURS, ("-", "--", "-", "--"), groups, strict=False):
            # Some lines coincide: through a dashed line the one below stays visible.
            axes.plot(rows["delta"], rows[name], style, color=colour, marker="o", markersize=4, label=str(generator))
        axes.axvline(delta, color="0.6", linewidth=1, linestyle=":")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.set_xlabel("delta: squared distance, pixels in [0, 1]")
        axes.set_title(f"{name}; dotted: the study's delta, {delta:g}", fontsize=10)
        tidy(axes)
    figure.legend(*panels[0].get_legend_handles_labels(), frameon=False, fontsize=9, loc="outside lower center", ncols=4)
    return figure
