"""What a score means: what real images score, and images that lack half of the classes (``results/metrics/``)."""

from __future__ import annotations

import pandas as pd

from benchmarks.pages.published import STUDIES

METRICS = STUDIES.parent / "metrics"


def real() -> float:
    """Mean ``fid_layers`` of 10,000 of Fashion-MNIST's training images against its test images."""
    sizes = pd.read_csv(METRICS / "fashion-mnist-layers-size.csv")
    chosen = (sizes["comparison"] == "training against test images") & (sizes["n"] == 10_000)
    return float(sizes.loc[chosen, "fid"].mean())


def half_of_the_classes() -> float:
    """Mean ``fid_layers`` of Fashion-MNIST's images where five of the ten classes are left out."""
    found = pd.read_csv(METRICS / "fashion-mnist-layers-degradations.csv")
    chosen = (found["degradation"] == "mode dropping") & (found["level"] == 1) & (found["extractor"] == "layers")
    return float(found.loc[chosen, "fid"].mean())
