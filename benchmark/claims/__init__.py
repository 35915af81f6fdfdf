"""Statements of papers and tutorials about GAN losses, each tested by a file in experiments/claims/."""

from __future__ import annotations

from pathlib import Path

from benchmark.claims.base import Claim, Verdict
from benchmark.claims.studies import Studies
from benchmark.files import packaged
from benchmark.plugins import from_file, unknown

__all__ = ["Claim", "Studies", "Verdict", "find_claim", "known_claims"]


def claim_files() -> dict[str, Path]:
    """The files of the claims, by their names as a user types them: ``mode-collapse`` for ``mode_collapse.py``."""
    return {path.stem.replace("_", "-"): path for path in sorted((packaged("experiments") / "claims").glob("[!_]*.py"))}


def known_claims() -> list[type[Claim]]:
    """Every claim, in the order of the page."""
    found = [from_file("claim", path, Claim) for path in claim_files().values()]  # type: ignore[type-abstract]
    return sorted(found, key=lambda cls: cls.number)


def find_claim(name: str) -> type[Claim]:
    """The claim of that name.

    Raises:
        UserError: an unknown name.
    """
    files = claim_files()
    if name not in files:
        raise unknown("claim", name, [*files])
    return from_file("claim", files[name], Claim)  # type: ignore[type-abstract]
