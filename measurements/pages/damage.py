"""FIDs of images with known damage, from the results of ``python -m experiments.metrics`` in ``results/metrics``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

METRICS = Path(__file__).parents[2] / "results" / "metrics"
NAMES = {"fashion-mnist": "Fashion-MNIST", "mnist": "MNIST", "cifar10-jpeg": "CIFAR-10 (JPEG copies)"}
BESIDE = {"fashion-mnist": ("layers", "classifier", "pixels"), "mnist": ("layers", "pixels"), "cifar10-jpeg": ("layers",)}
"""The extractors that were measured on each data set."""
DAMAGES = {
    "noise": ("noise: standard deviation", (0.02, 0.1, 0.4)),
    "blur": ("Gaussian blur: pixels", (0.6, 1, 4)),
    "gain": ("gain: pixels times 1 + strength", (0.25, 0.5, 1)),
    "gamma": ("gamma: pixels to the power of 1 + strength", (0.25, 0.5, 1)),
    "grey level": ("grey level: added to every pixel", (0.02, 0.1, 0.2)),
    "thresholding": ("thresholding: share of the way to black and white", (0.25, 0.5, 1)),
    "checkerboard": ("checkerboard: amplitude", (0.02, 0.1, 0.2)),
    "inversion": ("inversion: share of the images", (0.1, 0.5, 1)),
    "mode dropping": ("half of the classes missing: share of their images", (0.2, 0.6, 1)),
    "one class only": ("all classes but one missing: share of their images", (0.25, 0.5, 1)),
    "duplicates": ("copies of others: share of the images", (0.5, 0.9, 0.99)),
    "mixing": ("triangles in their place: share of the images", (0.02, 0.1, 0.5)),
}
"""Each damage in words, and the strengths that the table shows."""


@cache
def measured(dataset: str) -> pd.DataFrame:
    """All repetitions, with the columns ``degradation``, ``level``, ``extractor`` and ``fid``."""
    return pd.read_csv(METRICS / f"{dataset}-layers-degradations.csv")


@cache
def means(dataset: str) -> pd.Series:
    """The mean FID by extractor, damage and strength."""
    return measured(dataset).groupby(["extractor", "degradation", "level"])["fid"].mean()


def fid(dataset: str, damage: str = "noise", level: float = 0) -> float:
    """The mean FID, by the extractor ``layers``, of images with this damage; by default of undamaged images."""
    return float(means(dataset)["layers", damage, level])


def relative(dataset: str, damage: str = "noise", level: float = 0) -> float:
    """The FID of a damage as a multiple of the FID with half of the classes missing."""
    return fid(dataset, damage, level) / fid(dataset, "mode dropping", 1)


def table() -> pd.DataFrame:
    """The FIDs of every damage at three strengths, by data set and extractor."""
    rows = [_row("none", "noise", (0,)), *(_row(words, damage, levels) for damage, (words, levels) in DAMAGES.items())]
    return pd.DataFrame(rows)


def _row(words: str, damage: str, levels: tuple[float, ...]) -> dict[str, str]:
    row = {"damage": words, "strengths": ", ".join(f"{level:g}" for level in levels)}
    for dataset, extractors in BESIDE.items():
        for extractor in extractors:
            values = [float(means(dataset)[extractor, damage, level]) for level in levels]
            row[f"{NAMES[dataset]}, `{extractor}`"] = ", ".join(map(_shown, values))
    return row


def _shown(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def over_n() -> pd.DataFrame:
    """FID between random training and random test images, mean ± standard deviation, by number of images."""
    numbers = {"1000": "n = 1,000", "2000": "2,000", "5000": "5,000", "10000": "10,000", "inf": "infinite"}
    rows = []
    for dataset in BESIDE:
        found = pd.read_csv(METRICS / f"{dataset}-layers-size-summary.csv", dtype={"n": str})
        of_n = found[found["comparison"] == "training against test images"].set_index("n")
        means, stds = (of_n[column].astype(float).to_dict() for column in ("mean", "std"))
        cells = {words: f"{means[n]:.3f} ± {stds[n]:.3f}" for n, words in numbers.items()}
        rows.append({"data set": NAMES[dataset], **cells})
    return pd.DataFrame(rows)


def without_classes(dataset: str, dropped: int) -> str:
    """FID without ``dropped`` random classes, mean ± standard deviation over the choice of classes."""
    rows = pd.read_csv(METRICS / f"{dataset}-layers-dropped-classes.csv")
    found = rows.loc[rows["dropped"] == dropped, "fid"]
    return f"{found.mean():.1f} ± {found.std():.1f}"
