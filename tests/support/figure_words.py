"""What a figure says in words."""

from __future__ import annotations

from matplotlib.figure import Figure


def words(figure: Figure) -> str:
    """Texts, titles, labels of axes, legends and marks of the vertical axes, a line each."""
    found = [t for axes in figure.axes for t in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)]
    found += [t for axes in figure.axes if (legend := axes.get_legend()) is not None for t in legend.get_texts()]
    found += [t for axes in figure.axes for t in axes.get_yticklabels()]
    return "\n".join(t.get_text() for t in found)
