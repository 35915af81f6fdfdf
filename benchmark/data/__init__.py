"""The data sets, one file each family. Images are uint8 [n, C, H, W]."""

from __future__ import annotations

from benchmark.data.base import DATA_FOLDER, DataSet, Split
from benchmark.plugins import classes, find

__all__ = ["DATA_FOLDER", "DataSet", "Split", "find_dataset", "known_datasets"]


def find_dataset(name: str) -> type[DataSet]:
    """The data set called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one data set.
    """
    return find("data set", name, "benchmark.data", DataSet)  # type: ignore[type-abstract]


def known_datasets() -> dict[str, type[DataSet]]:
    """Every data set of the package, by its key."""
    return classes("benchmark.data", DataSet)  # type: ignore[type-abstract]
