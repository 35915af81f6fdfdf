"""Code shared by all figures: panels, axes, drawing styles, and files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from textwrap import fill
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.names import choice_names, choices
from benchmark.analysis.styles import Style
from benchmark.factors import PENALTY

FORMATS = ("png", "svg", "pdf")


def panels(count: int, width: float = 4.4, height: float = 3.4, columns: int = 2) -> tuple[Figure, list[Axes]]:
    """A figure with ``count`` panels, in rows of at most ``columns``."""
    columns = min(columns, count)
    lines = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * lines), layout="constrained")
    grid = list(np.atleast_1d(figure.subplots(lines, columns)).flatten())
    for axes in grid[count:]:
        axes.set_axis_off()
    for axes in grid[:count]:
        tidy(axes)
    return figure, grid[:count]


def small_multiples(count: int) -> tuple[Figure, list[Axes]]:
    """A figure with a small panel for each of ``count`` losses; with few panels it has extra room for labels."""
    return panels(count, max(2.7, 5.4 / count), 2.5 if count > 4 else 3.2, columns=4)


def tidy(axes: Axes) -> None:
    """Adds a light grid under the data and removes the frame at the top and on the right."""
    axes.grid(color="0.9", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def points(drawn: Style) -> dict[str, Any]:
    """The options with which ``scatter`` draws a loss's points."""
    return {
        "marker": drawn.marker,
        "facecolor": "white" if drawn.hollow else drawn.colour,
        "edgecolor": drawn.colour if drawn.hollow else "black",
        "linewidth": 1.0 if drawn.hollow else 0.4,
        "alpha": 0.9,
    }


def line(drawn: Style) -> dict[str, Any]:
    """The options with which ``plot`` draws a loss's line; thin black edges make light colours readable."""
    return {
        "color": drawn.colour,
        "linestyle": drawn.dashes,
        "linewidth": 1.8,
        "marker": drawn.marker,
        "markersize": 6,
        "markeredgecolor": "black",
        "markeredgewidth": 0.4,
        "markerfacecolor": "white" if drawn.hollow else drawn.colour,
        "path_effects": [Stroke(linewidth=2.4, foreground="0.25"), Normal()],
    }


def penalty_handles(trials: pd.DataFrame, looks: dict[str, Style]) -> list[Line2D]:
    """Legend entries for the markers of a crossed table's combinations: one per penalty, in a neutral colour.

    Args:
        trials: trials with the column ``combination``, whose values are keys of ``looks``.
    """
    names, values = choice_names(trials, PENALTY), choices(trials)[PENALTY.name]
    found = []
    for value, of_penalty in trials.groupby(values, sort=False):
        marker = looks[of_penalty["combination"].iloc[0]].marker
        drawn: dict[str, Any] = {"marker": marker, "linestyle": "", "markerfacecolor": "0.6", "markeredgecolor": "black"}
        found.append(Line2D([], [], label=names[str(value)], **drawn))
    return found


def log_axis(axes: Axes, which: Literal["x", "y"], steps: tuple[float, ...] = (1, 2, 5)) -> None:
    """Makes an axis logarithmic, labelled with plain numbers at ``steps`` of each decade."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


@own_style()
def write_below(figure: Figure, text: str) -> None:
    """Writes a sentence below the whole figure, and makes the figure taller to fit it."""
    width, height = figure.get_size_inches()
    text = fill(text, int(14 * width))  # about 14 letters of 8 points fit into an inch
    added = 0.1 + 0.14 * (1 + text.count("\n"))  # inches
    share = added / (height + added)
    figure.set_size_inches(width, height + added)
    if figure.get_layout_engine() is not None:  # it places only one label under the axes
        figure.supxlabel("\n".join(filter(None, (figure.get_supxlabel(), text))), fontsize=8)
        return
    placed = figure.subplotpars  # by hand, so that everything above the sentence keeps its size
    figure.subplots_adjust(bottom=share + placed.bottom * (1 - share), top=share + placed.top * (1 - share))
    figure.text(0.5, 0.2 * share, text, fontsize=8, ha="center", va="bottom")


def keep_texts(figure: Figure) -> None:
    """Draws names literally: a $ in a name does not start a formula. The numbers of axes may still be formulas."""
    for text in figure.findobj(Text):
        if "$" in text.get_text() and r"\math" not in text.get_text():
            text.set_parse_math(False)


@own_style()
def as_png(figure: Figure) -> bytes:
    """The content of a PNG file of the figure; the same figure gives the same bytes."""
    keep_texts(figure)
    content = BytesIO()
    figure.savefig(content, dpi=150, format="png")
    return content.getvalue()


@own_style()
def save(figure: Figure, path: Path) -> None:
    """Writes the figure in the format given by the path's suffix; the same figure gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keep_texts(figure)
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    figure.savefig(path, dpi=150, metadata=dated.get(path.suffix))
