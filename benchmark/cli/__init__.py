"""The command line: ``ganbench``, or ``python -m benchmark``; one file per population of commands."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from benchmark.cli import analysis, bench, claims, cluster, metrics, speed, study, transfer
from benchmark.cli.app import app

__all__ = ["analysis", "app", "bench", "claims", "cluster", "main", "metrics", "speed", "study", "transfer"]


def main() -> None:
    """The console script. What a terminal's encoding lacks is printed as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
