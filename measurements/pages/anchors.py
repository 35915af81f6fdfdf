"""What a score means: what real images score, and images that lack half of the classes (``results/metrics/``)."""

from __future__ import annotations

import pandas as pd

from measurements.pages import damage


def real(dataset: str = "fashion-mnist") -> float:
    """Mean ``fid_layers`` of 10,000 training images against the test images."""
    sizes = pd.read_csv(damage.METRICS / f"{dataset}-layers-size.csv")
    chosen = (sizes["comparison"] == "training against test images") & (sizes["n"] == 10_000)
    return float(sizes.loc[chosen, "fid"].mean())


def half_of_the_classes(dataset: str = "fashion-mnist") -> float:
    """Mean ``fid_layers`` of images where five of the ten classes are left out."""
    return damage.fid(dataset, "mode dropping", 1)
