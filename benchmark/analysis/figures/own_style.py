"""The settings that figures are drawn with: matplotlib's own defaults and a few of ours, whatever the user's are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

OURS: dict[Any, Any] = {
    "backend": "agg",  # asked for all its settings, matplotlib would choose one and load pyplot
    "svg.hashsalt": "ganbench",
    "pdf.fonttype": 42,
}
_drawing = threading.RLock()  # matplotlib's settings are the whole process's: threads take turns


@contextmanager
def own_style() -> Iterator[None]:
    """Draws in our style; on the way out the user's settings are back."""
    with _drawing:
        settings = matplotlib.rcParams
        before = dict(dict.items(settings))  # unseen by matplotlib, which would choose a backend
        try:
            matplotlib.rcdefaults()
            settings.update(OURS)
            yield
        finally:
            dict.update(settings, before)
