"""What no reader of a figure can read: texts that are cut off, and texts over each other."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text

EDGE = 1.0
"""Pixels, of 150 to the inch, that a line's box is larger than its letters at each side."""


def text_faults(figure: Figure) -> list[str]:
    """A line for every text that is partly outside the canvas, and for every two that overlap, as the figure is saved."""
    figure.set_dpi(150)
    canvas, drawn = FigureCanvasAgg(figure), dict[int, Text]()
    draw: Any = Text.draw

    def recorded(self: Text, renderer: RendererBase) -> None:
        if self.get_visible() and self.get_text().strip():
            drawn[id(self)] = self
        draw(self, renderer)

    with mock.patch.object(Text, "draw", recorded):
        canvas.draw()  # type: ignore[no-untyped-call]
    boxes = {key: _corners(text) for key, text in drawn.items()}
    width, height = canvas.get_width_height()
    found = [
        f"outside: {drawn[key].get_text()!r}"
        for key, corners in boxes.items()
        if (corners < -EDGE).any() or (corners > np.array([width, height]) + EDGE).any()
    ]
    texts, corners = [drawn[key] for key in boxes], np.reshape([*boxes.values()], (-1, 4, 2))
    low, high = corners.min(axis=1), corners.max(axis=1)
    begins_before_end = (low[:, None] < high[None]).all(axis=2)
    for a, b in np.argwhere(np.triu(begins_before_end & begins_before_end.T, 1)):
        if _path(corners[a]).intersects_path(_path(corners[b])):
            found.append(f"overlap: {texts[a].get_text()!r} and {texts[b].get_text()!r}")
    return found


def _corners(text: Text) -> np.ndarray:
    """The corners of a text's box in pixels, [4, 2]: turned as the text is, about the centre of the upright box around it."""
    around, turned = text.get_window_extent(), text.get_rotation()
    text.set_rotation(0)
    flat = text.get_window_extent()
    text.set_rotation(turned)
    angle = np.deg2rad(turned)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    centre = np.array([around.x0 + around.x1, around.y0 + around.y1]) / 2
    half, tall = max(0.0, flat.width / 2 - EDGE), max(0.0, flat.height / 2 - EDGE)
    return np.array([centre + i * half * along + j * tall * across for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


def _path(corners: np.ndarray) -> Path:
    return Path(np.concatenate([corners, corners[:1]]), closed=True)
