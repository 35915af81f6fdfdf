"""Scores of trained generators, one file each."""

from __future__ import annotations

from benchmark.metrics.base import Generated, ImageMetric, Metric, check_declared
from benchmark.plugins import find, naming_exits

__all__ = ["Generated", "ImageMetric", "Metric", "find_metric"]


@naming_exits()
def find_metric(name: str) -> type[Metric]:
    """The metric called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one metric.
    """
    cls = find("metric", name, "benchmark.metrics", Metric)  # type: ignore[type-abstract]
    if name.endswith(".py"):
        check_declared(cls)
    return cls
