"""What tests see of a folder of leases."""

from __future__ import annotations

from pathlib import Path

from benchmark.study.storage.leases import read_leases


def owners(folder: Path) -> dict[str, tuple[int, bool]]:
    """Of each lease the latest generation, and whether its owner lives."""
    return {lease.name: (lease.generation, lease.alive) for lease in read_leases(folder)}
