"""Everything that draws figures."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from benchmark.plugins import UserError


def load_matplotlib() -> None:
    """Loads matplotlib, even if the variable MPLBACKEND names an unusable backend: our figures need no backend.

    Raises:
        UserError: the user's matplotlibrc is not in UTF-8.
    """
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    except UnicodeDecodeError as error:
        raise UserError(f"matplotlib cannot read its settings file matplotlibrc: {error}.\nSave it in UTF-8.") from error
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):  # as matplotlib itself does, where there is such a backend
            matplotlib.rcParams["backend"] = backend


if "matplotlib" not in sys.modules:
    load_matplotlib()
