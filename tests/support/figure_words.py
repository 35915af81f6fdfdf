"""Every word of a figure, as a reader of it sees them."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.text import Text


def words(figure: Figure) -> str:
    """All the texts of a figure, one a line."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))
