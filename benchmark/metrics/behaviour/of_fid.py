"""How FID itself behaves: its bias and spread at n images, and whether it sees what it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from benchmark.data import DataSet, Split
from benchmark.data.polygons import Triangles, render
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.features import cached_features, features_of
from benchmark.metrics.fid import FID, feature_statistics, frechet_distance
from benchmark.plugins import UserError

Floats = NDArray[np.float64]
Images = NDArray[np.uint8]
REPETITIONS = 3  # of each degradation
SIZES = tuple(range(1_000, 10_001, 1_000))
LEVELS = {
    "noise": (0.0, 0.02, 0.05, 0.1, 0.2, 0.4),  # standard deviation, pixels in [0, 1]
    "blur": (0.0, 0.4, 0.6, 1.0, 2.0, 4.0),  # standard deviation in pixels
    "mode dropping": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),  # share of the images of half the classes that is left out
    "mixing": (0.0, 0.02, 0.05, 0.1, 0.2, 0.5),  # share of the images replaced by triangles
}


@dataclass(frozen=True)
class Features:
    """Features [n, d] of a split's images, and their classes [n]."""

    values: Floats
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, extractor: Extractor, split: Split, cache: Path) -> Features:
        """Those of a split's images, kept in the folder ``cache``."""
        return cls(cached_features(extractor, split.images, cache), split.labels)


def require_images(dataset: DataSet, train: Split, test: Split, degraded: int) -> None:
    """Checks that the experiment finds enough images.

    Raises:
        UserError: too few images or classes.
    """
    if degraded < FID.least_images:
        raise UserError(f"{degraded} degraded images: FID needs {FID.least_images} at least.")
    if len(train) < REPETITIONS * degraded or min(len(train), len(test) // 2) < SIZES[0]:
        raise UserError(
            f"{dataset.name} has {len(train):,} training and {len(test):,} test images; the experiment needs "
            f"{max(REPETITIONS * degraded, SIZES[0]):,} and {2 * SIZES[0]:,}.\nAsk for fewer degraded images (--images)."
        )
    if len(np.unique(train.labels)) < 2:
        raise UserError(f"{dataset.name} has images of one class only; the experiment leaves classes out.")


def fid(a: Floats, b: Floats) -> float:
    """The FID between two sets of features [n, d]."""
    return frechet_distance(feature_statistics(a), feature_statistics(b))


def against_size(train: Features, test: Features, repetitions: int, rng: np.random.Generator) -> pd.DataFrame:
    """FID of n random training against n random test images; and, as a control, of two random halves of the test images.

    Columns: comparison, n, repetition, fid. Sizes beyond the number of images are left out.
    """
    rows = []
    for repetition in range(repetitions):
        one, other = rng.permutation(len(train.values)), rng.permutation(len(test.values))
        half = len(other) // 2
        pairs = {
            "training against test images": (train.values[one], test.values[other]),
            "two halves of the test images": (test.values[other[:half]], test.values[other[half:]]),
        }
        for comparison, (a, b) in pairs.items():
            for n in (n for n in SIZES if n <= min(len(a), len(b))):
                rows.append({"comparison": comparison, "n": n, "repetition": repetition, "fid": fid(a[:n], b[:n])})
    return pd.DataFrame(rows)


def against_dropped_classes(train: Features, test: Features, repetitions: int, rng: np.random.Generator) -> pd.DataFrame:
    """FID of training images without k random classes against all test images; as many images whatever k.

    Columns: dropped, repetition, fid.
    """
    classes = np.unique(train.labels)
    n = min(np.bincount(train.labels)[classes].min(), len(test.values))
    rows = []
    for repetition in range(repetitions):
        order = rng.permutation(classes)
        for dropped in range(len(classes)):
            kept = np.flatnonzero(~np.isin(train.labels, order[:dropped]))
            chosen = rng.choice(kept, n, replace=False)
            rows.append({"dropped": dropped, "repetition": repetition, "n": n, "fid": fid(train.values[chosen], test.values)})
    return pd.DataFrame(rows)


def noisy(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 with Gaussian noise of standard deviation ``level``, pixels in [0, 1]."""
    noise = torch.randn(images.shape, generator=generator) * level
    changed = (images / 255 + noise).clamp(0, 1)
    return (changed * 255).round().to(torch.uint8)


def blurred(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 after a Gaussian blur of ``level`` pixels."""
    if not level:
        return images
    reach = min(int(3 * level) + 1, min(images.shape[-2:]) - 1)
    changed: Tensor = gaussian_blur(images / 255, [2 * reach + 1] * 2, [level] * 2)
    return (changed * 255).round().to(torch.uint8)


DEGRADED: Mapping[str, Callable[[Tensor, float, torch.Generator], Tensor]] = {"noise": noisy, "blur": blurred}


def triangles(count: int, image_shape: tuple[int, int, int], rng: np.random.Generator) -> Images:
    """Images uint8 [count, C, H, W] of triangles, which no data set of photographs holds."""
    drawn = render(Triangles().draw(count, rng))
    channels, height, width = image_shape
    resized = F.interpolate(torch.from_numpy(drawn)[:, None].float(), (height, width), mode="area")
    images: Images = resized.round().to(torch.uint8).repeat(1, channels, 1, 1).numpy()
    return images


def against_degradation(
    extractors: list[Extractor],
    dataset: DataSet,
    train: Split,
    test: Split,
    images: int,
    seed: int,
    report: Callable[[str], None],
) -> pd.DataFrame:
    """FID by each extractor of degraded training images against the test images.

    Columns: degradation, level, repetition, extractor, n, fid. Every repetition takes other training images.
    """
    rng = np.random.default_rng(seed)
    cache = dataset.folder / "cache"
    real = {e.key: feature_statistics(cached_features(e, test.images, cache)) for e in extractors}
    other = {e.key: features_of(e, torch.from_numpy(triangles(images, dataset.image_shape, rng))) for e in extractors}
    order = rng.permutation(len(train))
    rows = []
    for repetition in range(REPETITIONS):
        chosen = order[repetition * images : (repetition + 1) * images]
        spare = rng.permutation(np.setdiff1d(order, chosen))
        sample, labels = torch.from_numpy(train.images[chosen]), train.labels[chosen]
        for e in extractors:
            clean = features_of(e, sample)
            replacements = features_of(e, torch.from_numpy(train.images[fill(labels, train.labels, spare)]))
            for degradation, level, features in degraded(
                e, sample, labels, clean, replacements, other[e.key], seed + repetition
            ):
                distance = frechet_distance(feature_statistics(features), real[e.key])
                rows.append(
                    {
                        "degradation": degradation,
                        "level": level,
                        "repetition": repetition,
                        "extractor": e.key,
                        "n": len(features),
                        "fid": distance,
                    }
                )
            report(f"degradations, {e.key}: repetition {repetition + 1} of {REPETITIONS}")
    return pd.DataFrame(rows)


def dropped_half(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The classes that mode dropping leaves out: every second one."""
    return np.unique(labels)[::2]


def fill(labels: NDArray[np.int64], all_labels: NDArray[np.int64], spare: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each image of a class that mode dropping leaves out, a spare image of a class that it keeps: rows [n]."""
    kept = spare[~np.isin(all_labels[spare], dropped_half(labels))]
    return np.resize(kept, len(labels))


def degraded(
    extractor: Extractor,
    images: Tensor,
    labels: NDArray[np.int64],
    clean: Floats,
    replacements: Floats,
    other: Floats,
    seed: int,
) -> Iterator[tuple[str, float, Floats]]:
    """Every degradation at every level, with the features of the images that it gives."""
    for degradation, levels in LEVELS.items():
        for level in levels:
            generator = torch.Generator().manual_seed(seed)
            if degradation in DEGRADED:
                changed = DEGRADED[degradation](images, level, generator)
                yield degradation, level, features_of(extractor, changed) if level else clean
                continue
            replaced = np.zeros(len(images), bool)
            if degradation == "mode dropping":
                candidates = np.flatnonzero(np.isin(labels, dropped_half(labels)))
                source = replacements
            else:
                candidates, source = np.arange(len(images)), other
            replaced[candidates[: round(level * len(candidates))]] = True
            yield degradation, level, np.where(replaced[:, None], source, clean)
