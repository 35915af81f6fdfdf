"""What a score of ``fid_layers`` means: what real images score, and real images of half of the classes."""

from __future__ import annotations

import pandas as pd

from benchmarks.pages.published import STUDIES

METRICS = STUDIES.parent / "metrics"


def real(dataset: str, n: int = 10_000) -> float:
    """The mean score of so many training images."""
    rows = pd.read_csv(METRICS / f"{dataset}-layers-size-summary.csv")
    chosen = (rows["comparison"] == "training against test images") & (rows["n"] == n)
    return float(rows.loc[chosen, "mean"].item())


def half_of_the_classes(dataset: str) -> float:
    """The mean score of real images of half of the classes."""
    rows = pd.read_csv(METRICS / f"{dataset}-layers-degradations.csv")
    chosen = (rows["degradation"] == "mode dropping") & (rows["level"] == 1) & (rows["extractor"] == "layers")
    return float(rows.loc[chosen, "fid"].mean())
