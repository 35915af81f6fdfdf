"""What tests see of a folder of claims."""

from __future__ import annotations

from pathlib import Path

from benchmark.study.storage.claims import read_claims


def owners(folder: Path) -> dict[str, tuple[int, bool]]:
    """Of each claim the latest generation, and whether its owner lives."""
    return {claim.name: (claim.generation, claim.alive) for claim in read_claims(folder)}
