"""The settings of our figures: matplotlib's defaults with a few of our own, independent of the user's settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

OURS: dict[Any, Any] = {
    "backend": "agg",  # without it matplotlib would choose a backend and load pyplot
    "svg.hashsalt": "ganbench",
    "pdf.fonttype": 42,
}
_drawing = threading.RLock()  # matplotlib's settings belong to the whole process, so threads take turns


@contextmanager
def own_style() -> Iterator[None]:
    """A context that draws in our style and restores the user's settings afterwards."""
    with _drawing:
        settings = matplotlib.rcParams
        before = dict(dict.items(settings))  # bypasses matplotlib's own access, which would choose a backend
        try:
            matplotlib.rcdefaults()
            settings.update(OURS)
            yield
        finally:
            dict.update(settings, before)
