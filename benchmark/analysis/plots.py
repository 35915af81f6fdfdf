"""Figures of a table of trials."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.image import imread

from benchmark.analysis.names import colour, display_name, in_order

SCORE_NAMES = {"fid_classifier": "FID (features of the embedded classifier)", "fid_inception": "FID (Inception-v3 features)"}


def score_distribution(table: pd.DataFrame) -> Figure:
    """The best score of every run, a row per loss: points, a box of quartiles and median, the mean dotted, the count beside it.

    Diverged and failed runs have no score: they are counted at the right edge.
    """
    losses = in_order(list(table["loss"].unique()))
    figure = Figure(figsize=(7.5, 1.1 + 0.55 * len(losses)), layout="constrained")
    axes = figure.subplots()
    jitter = np.random.default_rng(0)
    for y, loss in enumerate(reversed(losses)):
        trials = table[table["loss"] == loss]
        scores = trials.loc[trials["status"] == "ok", "best"].astype(float)
        if len(scores):
            axes.boxplot(scores, positions=[y], orientation="horizontal", widths=0.6, showfliers=False,
                         medianprops={"color": "black"}, boxprops={"color": "0.5"}, whiskerprops={"color": "0.5"},
                         capprops={"color": "0.5"}, manage_ticks=False, meanline=True, showmeans=True,
                         meanprops={"color": "black", "linestyle": ":"})  # fmt: skip
            axes.scatter(scores, y + jitter.uniform(-0.18, 0.18, len(scores)), s=28, color=colour(loss), edgecolor="black",
                         linewidth=0.4, alpha=0.9, zorder=3)  # fmt: skip
        without = {s: int((trials["status"] == s).sum()) for s in ("diverged", "failed", "pending")}
        counts = ", ".join([f"n = {len(scores)}", *(f"{count} {s}" for s, count in without.items() if count)])
        axes.annotate(counts, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.set_yticks(range(len(losses)), [display_name(loss) for loss in reversed(losses)])
    axes.set_ylim(-0.6, len(losses) - 0.4)
    score = str(table["score"].iloc[0])
    axes.set_xlabel(f"{SCORE_NAMES.get(score, score)}, best checkpoint of each run (lower is better)")
    axes.set_title(
        f"{table['dataset'].iloc[0]}, budget {table['budget'].iloc[0]}: {table['steps'].iloc[0]:,} steps", fontsize=11
    )
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def median_trials(table: pd.DataFrame) -> pd.DataFrame:
    """For each loss the ``ok`` trial of median best score (the lower one of two), in the order of the paper's tables."""
    ok = table[table["status"] == "ok"].sort_values("best")
    losses = in_order(list(ok["loss"].unique()))
    rows = [ok[ok["loss"] == loss] for loss in losses]
    return pd.concat([trials.iloc[[(len(trials) - 1) // 2]] for trials in rows]) if rows else ok


def gallery(pictures: dict[str, Path], columns: int = 4) -> Figure:
    """The pictures side by side, each under its title."""
    columns = min(columns, len(pictures))
    lines = -(-len(pictures) // columns)
    figure = Figure(figsize=(2.6 * columns, 2.8 * lines), layout="constrained")
    panels = np.atleast_1d(figure.subplots(lines, columns)).flatten()
    for axes in panels:
        axes.set_axis_off()
    for axes, (title, path) in zip(panels, pictures.items(), strict=False):
        axes.imshow(imread(path), interpolation="nearest")
        axes.set_title(title, fontsize=11)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Writes the figure in the format that the path's ending names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
