"""The architectures: the study's, for images, and one for points in the plane."""

from __future__ import annotations

from benchmark.models.infogan import Architecture
from benchmark.plugins import classes, unknown

__all__ = ["Architecture", "find_architecture"]


def find_architecture(key: str) -> type[Architecture]:
    """The architecture that a data set declares.

    Raises:
        UserError: an unknown key.
    """
    known: dict[str, type[Architecture]] = {Architecture.key: Architecture, **classes("benchmark.models", Architecture)}
    if key not in known:
        raise unknown("architecture", key, [*known])
    return known[key]
