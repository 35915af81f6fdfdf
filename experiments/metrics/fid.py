"""How FID itself behaves: its bias and spread at n images, and whether it reacts to missing classes and degradations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.data import DataSet, Split
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.features import cached_features, features_of
from benchmark.metrics.fid import FID, feature_statistics, frechet_distance
from benchmark.plugins import UserError

from .degradations import CHANGES, LEVELS, Replacement, duplicated, replacements, triangles

Floats = NDArray[np.float64]
REPETITIONS = 3  # of each degradation
SIZES = tuple(range(1_000, 10_001, 1_000))


@dataclass(frozen=True)
class Features:
    """Features [n, d] of a split's images, and their classes [n]."""

    values: Floats
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, extractor: Extractor, split: Split, cache: Path) -> Features:
        """The features and classes of a split's images; features are kept in the folder ``cache``."""
        return cls(cached_features(extractor, split.images, cache), split.labels)


def require_images(dataset: DataSet, train: Split, test: Split, degraded: int) -> None:
    """Checks that there are enough images for the experiment.

    Raises:
        UserError: there are too few images or classes.
    """
    if degraded < FID.least_images:
        raise UserError(f"{degraded} degraded images: FID needs at least {FID.least_images}.")
    if len(train) < REPETITIONS * degraded or min(len(train), len(test) // 2) < SIZES[0]:
        raise UserError(
            f"{dataset.name} has {len(train):,} training and {len(test):,} test images; the experiment needs "
            f"{max(REPETITIONS * degraded, SIZES[0]):,} and {2 * SIZES[0]:,}.\nUse fewer degraded images (--images)."
        )
    if len(np.unique(train.labels)) < 2:
        raise UserError(f"{dataset.name} has only one class; the experiment leaves classes out, so it needs several.")


def fid(a: Floats, b: Floats) -> float:
    """The FID between two sets of features [n, d]."""
    return frechet_distance(feature_statistics(a), feature_statistics(b))


def against_size(train: Features, test: Features, repetitions: int, rng: np.random.Generator) -> pd.DataFrame:
    """FID between n random training and n random test images; and, as a control, between random halves of the test images.

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
    """FID between training images without k random classes and all test images; the number of images is the same for all k.

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


def against_degradation(
    extractors: list[Extractor],
    dataset: DataSet,
    train: Split,
    test: Split,
    images: int,
    seed: int,
    report: Callable[[str], None],
) -> pd.DataFrame:
    """FID between degraded training images and the test images, by each extractor.

    Columns: degradation, level, repetition, extractor, n, fid. Every repetition uses different training images.
    """
    rng = np.random.default_rng(seed)
    cache = dataset.folder / "cache"
    real = {e.key: feature_statistics(cached_features(e, test.images, cache)) for e in extractors}
    other = triangles(images, dataset.image_shape, rng)
    order, classes = rng.permutation(len(train)), np.unique(train.labels)
    rows = []
    for repetition in range(REPETITIONS):
        chosen = order[repetition * images : (repetition + 1) * images]
        spare = rng.permutation(np.setdiff1d(order, chosen))
        sample, labels = train.images[chosen], train.labels[chosen]
        only = int(classes[repetition % len(classes)])
        replaced = replacements(sample, labels, train.images, train.labels, spare, only, other)
        for e in extractors:
            for degradation, level, features in degraded(e, torch.from_numpy(sample), replaced, seed + repetition):
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


def degraded(
    extractor: Extractor, images: Tensor, replaced: Mapping[str, Replacement], seed: int
) -> Iterator[tuple[str, float, Floats]]:
    """Every degradation at every level, with the features of the degraded images uint8 [n, C, H, W]."""
    clean = features_of(extractor, images)
    sources = {kind: features_of(extractor, torch.from_numpy(r.images)) for kind, r in replaced.items()}
    for degradation, levels in LEVELS.items():
        for level in levels:
            if not level:
                features = clean
            elif degradation in CHANGES:
                generator = torch.Generator().manual_seed(seed)
                features = features_of(extractor, CHANGES[degradation](images, level, generator))
            elif degradation == "duplicates":
                features = clean[duplicated(len(clean), level)]
            else:
                rows = replaced[degradation].rows
                taken = rows[: round(level * len(rows))]
                features = clean.copy()
                features[taken] = sources[degradation][taken]
            yield degradation, level, features
