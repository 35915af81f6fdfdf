"""Texts that fit: what is longer than the room it has goes on in further lines."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

LETTERS = 120
"""Letters to the inch, of one point: of letters of 8 points 15 fit into an inch."""


def fitted(text: str, inches: float, size: float) -> str:
    """The text in lines of at most so many inches, of letters of ``size`` points; its own lines stay."""
    most = max(1, int(LETTERS * inches / size))
    return "\n".join("\n".join(_even(line, most)) for line in text.split("\n"))


def _even(line: str, most: int) -> list[str]:
    """The fewest lines of at most ``most`` letters, as long as each other as words allow; without spaces at the ends."""
    line = line.strip()
    lines = wrap(line, most)
    widths = range(max(1, len(line) // max(1, len(lines))), most)
    return next((even for width in widths if len(even := wrap(line, width)) <= len(lines)), lines)


def label_x(figure: Figure, text: str, size: float = 9) -> None:
    """Writes the label of all x axes under the panels."""
    figure.supxlabel(fitted(text, figure.get_figwidth() - 0.2, size), fontsize=size, ma="center")


def label_y(figure: Figure, text: str, size: float = 9) -> None:
    """Writes the label of all y axes to the left of the panels."""
    figure.supylabel(fitted(text, figure.get_figheight() - 0.2, size), fontsize=size, ma="center")


def head(figure: Figure, text: str, size: float = 11) -> None:
    """Writes the title over the panels."""
    figure.suptitle(fitted(text, figure.get_figwidth() - 0.2, size), fontsize=size)


def title(axes: Axes, text: str, size: float = 9, room: float = 0.9) -> None:
    """Writes the title of a panel that has ``room`` of its even share of the figure's width."""
    figure, spec = axes.get_figure(root=True), axes.get_subplotspec()
    assert figure is not None and spec is not None
    axes.set_title(fitted(text, room * figure.get_figwidth() / spec.get_gridspec().ncols, size), fontsize=size)
