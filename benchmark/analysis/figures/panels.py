"""What all figures share: panels, axes, how a loss is drawn, and files."""

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
    """A figure with a small panel for each of ``count`` losses; where they are few, with room for what stands around them."""
    return panels(count, max(2.7, 5.4 / count), 2.5 if count > 4 else 3.2, columns=4)


def tidy(axes: Axes) -> None:
    """A light grid under the data, and no frame on the top and the right."""
    axes.grid(color="0.9", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def points(drawn: Style) -> dict[str, Any]:
    """How a scatter draws a loss's points."""
    return {
        "marker": drawn.marker,
        "facecolor": "white" if drawn.hollow else drawn.colour,
        "edgecolor": drawn.colour if drawn.hollow else "black",
        "linewidth": 1.0 if drawn.hollow else 0.4,
        "alpha": 0.9,
    }


def line(drawn: Style) -> dict[str, Any]:
    """How a plot draws a loss's line: in its colour and dashes, thin black edges to make light colours readable."""
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
    """What a legend says of the markers of a crossed table's combinations: one for each penalty, in no loss's colour.

    Args:
        trials: with the column ``combination``, their names in ``looks``.
    """
    names, values = choice_names(trials, PENALTY), choices(trials)[PENALTY.name]
    found = []
    for value, of_penalty in trials.groupby(values, sort=False):
        marker = looks[of_penalty["combination"].iloc[0]].marker
        drawn: dict[str, Any] = {"marker": marker, "linestyle": "", "markerfacecolor": "0.6", "markeredgecolor": "black"}
        found.append(Line2D([], [], label=names[str(value)], **drawn))
    return found


def log_axis(axes: Axes, which: Literal["x", "y"], steps: tuple[float, ...] = (1, 2, 5)) -> None:
    """Makes an axis logarithmic, with plain numbers at ``steps`` of each decade."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


@own_style()
def write_below(figure: Figure, text: str) -> None:
    """Writes a sentence under everything that the figure has, which gets taller by it."""
    width, height = figure.get_size_inches()
    text = fill(text, int(14 * width))  # of letters of 8 points about 14 fit into an inch
    added = 0.1 + 0.14 * (1 + text.count("\n"))  # inches
    share = added / (height + added)
    figure.set_size_inches(width, height + added)
    if figure.get_layout_engine() is not None:  # which places one label under the axes, and no more
        figure.supxlabel("\n".join(filter(None, (figure.get_supxlabel(), text))), fontsize=8)
        return
    placed = figure.subplotpars  # by hand: everything keeps its inches above the sentence
    figure.subplots_adjust(bottom=share + placed.bottom * (1 - share), top=share + placed.top * (1 - share))
    figure.text(0.5, 0.2 * share, text, fontsize=8, ha="center", va="bottom")


def keep_texts(figure: Figure) -> None:
    """Has names drawn as they are: one with $ in it is no formula, as the numbers of an axis may be."""
    for text in figure.findobj(Text):
        if "$" in text.get_text() and r"\math" not in text.get_text():
            text.set_parse_math(False)


@own_style()
def as_png(figure: Figure) -> bytes:
    """The figure as a PNG file; the same figure gives the same bytes."""
    keep_texts(figure)
    content = BytesIO()
    figure.savefig(content, dpi=150, format="png")
    return content.getvalue()


@own_style()
def save(figure: Figure, path: Path) -> None:
    """Writes the figure in the format that the path's ending names; the same figure gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keep_texts(figure)
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    figure.savefig(path, dpi=150, metadata=dated.get(path.suffix))
