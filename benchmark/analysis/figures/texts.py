"""Texts that fit into figures: long ones are wrapped."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

LETTERS = 120
"""Letters per inch at a size of one point: 15 letters of 8 points fit into an inch."""


def fitted(text: str, inches: float, size: float) -> str:
    """The text wrapped to lines of at most ``inches`` at a font size of ``size`` points; existing line breaks are kept."""
    most = max(1, int(LETTERS * inches / size))
    return "\n".join("\n".join(_even(line, most)) for line in text.split("\n"))


def _even(line: str, most: int) -> list[str]:
    """The text in as few lines of at most ``most`` letters as possible, of similar length, without spaces at the ends."""
    line = line.strip()
    lines = wrap(line, most)
    widths = range(max(1, len(line) // max(1, len(lines))), most)
    return next((even for width in widths if len(even := wrap(line, width)) <= len(lines)), lines)


def label_x(figure: Figure, text: str, size: float = 9) -> None:
    """Writes the common label of all x axes under the panels."""
    figure.supxlabel(fitted(text, figure.get_figwidth() - 0.2, size), fontsize=size, ma="center")


def label_y(figure: Figure, text: str, size: float = 9) -> None:
    """Writes the common label of all y axes to the left of the panels."""
    figure.supylabel(fitted(text, figure.get_figheight() - 0.2, size), fontsize=size, ma="center")


def head(figure: Figure, text: str, size: float = 11) -> None:
    """Writes the figure's title above the panels."""
    figure.suptitle(fitted(text, figure.get_figwidth() - 0.2, size), fontsize=size)


def title(axes: Axes, text: str, size: float = 9, room: float = 0.9) -> None:
    """Writes the title of a panel, wrapped to the share ``room`` of the panel's part of the figure's width."""
    figure, spec = axes.get_figure(root=True), axes.get_subplotspec()
    assert figure is not None and spec is not None
    axes.set_title(fitted(text, room * figure.get_figwidth() / spec.get_gridspec().ncols, size), fontsize=size)
