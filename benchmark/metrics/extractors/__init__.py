"""Feature extractors, one file each."""

from __future__ import annotations

from benchmark.metrics.extractors.base import Extractor, require_learnable
from benchmark.plugins import find

__all__ = ["Extractor", "find_extractor", "require_learnable"]


def find_extractor(name: str) -> type[Extractor]:
    """The extractor called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one extractor.
    """
    return find("extractor", name, "benchmark.metrics.extractors", Extractor)  # type: ignore[type-abstract]
