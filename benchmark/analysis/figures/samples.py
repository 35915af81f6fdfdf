"""Galleries of samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread

from benchmark.analysis.figures.own_style import own_style


@own_style()
def gallery(pictures: dict[str, Path | None], columns: int = 4) -> Figure:
    """The pictures side by side, each under its title; where one is None the words "no picture"."""
    columns = min(columns, len(pictures))
    lines = -(-len(pictures) // columns)
    figure = Figure(figsize=(2.6 * columns, 2.8 * lines), layout="constrained")
    grid = np.atleast_1d(figure.subplots(lines, columns)).flatten()
    for axes in grid:
        axes.set_axis_off()
    for axes, (heading, path) in zip(grid, pictures.items(), strict=False):
        if path is None:
            axes.text(0.5, 0.5, "no picture", ha="center", va="center", fontsize=9, transform=axes.transAxes)
        else:
            axes.imshow(imread(path), interpolation="nearest")
        axes.set_title(heading, fontsize=11)
    return figure
