"""The command line: ``ganbench``, or ``python -m benchmark``; ``commands`` has the commands, ``help`` lays out ``--help``."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from benchmark.guest import guest

with guest():  # rich draws a random number
    from benchmark.cli import commands
    from benchmark.cli.app import app

__all__ = ["app", "commands", "main", "script"]


def script() -> None:
    """The console script, which has a process of its own."""
    from benchmark.training.memory import keep_memory

    keep_memory()
    main()


def main() -> None:
    """Runs the command in ``sys.argv``. Characters that the terminal's encoding lacks are printed as question marks."""
    streams = {s: s.errors for s in (sys.stdout, sys.stderr) if isinstance(s, TextIOWrapper)}
    hook = sys.excepthook  # typer puts its own there
    try:
        for stream in streams:
            stream.reconfigure(errors="replace")
        app(prog_name="ganbench")
    finally:
        sys.excepthook = hook
        for stream, errors in streams.items():
            stream.reconfigure(errors=errors)
