"""Reference scores: those of real images, and of images with half of the classes missing (``results/metrics/``)."""

from __future__ import annotations

import pandas as pd

from measurements.pages import damage


def real(dataset: str = "fashion-mnist") -> float:
    """The mean ``fid_layers`` between 10,000 training images and the test images."""
    sizes = pd.read_csv(damage.METRICS / f"{dataset}-layers-size.csv")
    chosen = (sizes["comparison"] == "training against test images") & (sizes["n"] == 10_000)
    return float(sizes.loc[chosen, "fid"].mean())


def half_of_the_classes(dataset: str = "fashion-mnist") -> float:
    """The mean ``fid_layers`` of images without five of the ten classes."""
    return damage.fid(dataset, "mode dropping", 1)
