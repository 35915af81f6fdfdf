"""The Frechet distance between Gaussians fitted to the features of real and of generated images."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.data import DataSet, Split
from benchmark.files import keep_for_later, npy_bytes, read_npy
from benchmark.metrics.base import ImageMetric
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.features import choice, compared, features_of
from benchmark.plugins import UserError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Statistics:
    """Mean [d] and covariance [d, d] (divided by n - 1) of features."""

    mean: Floats
    covariance: Floats


def feature_statistics(features: Floats) -> Statistics:
    """The mean and covariance of features [n, d], with n at least 2.

    Raises:
        ValueError: there are fewer than two rows, or values that are not finite.
    """
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(f"features of shape {features.shape}: at least two rows of features are needed")
    if not np.isfinite(features).all():
        raise ValueError("features contain NaN or infinite values")
    mean = features.mean(axis=0)
    centred = features - mean
    return Statistics(mean, centred.T @ centred / (len(features) - 1))


def square_root(covariance: Floats) -> Floats:
    """A matrix R [d, d] with R R' = covariance: the Cholesky factor, or the symmetric root if the covariance is singular."""
    try:
        root: Floats = np.linalg.cholesky(covariance).astype(np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(values.clip(min=0))
    return root


def frechet_distance(a: Statistics, b: Statistics) -> float:
    """The squared 2-Wasserstein distance between two Gaussians: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).

    With C1 = R R', the symmetric matrix R' C2 R has the same eigenvalues as C1 C2. The trace is the sum of their roots. This
    stays accurate for singular covariances (fewer images than features, constant features).

    Source: Dowson and Landau 1982, equation 4; Heusel et al. 2017, equation 6.

    Raises:
        ValueError: the numbers of features differ, so the statistics come from different extractors.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(f"features of different extractors cannot be compared: {len(a.mean)} against {len(b.mean)} of them")
    root = square_root(a.covariance)
    trace_root = np.sqrt(np.linalg.eigvalsh(root.T @ b.covariance @ root).clip(min=0)).sum()
    difference = a.mean - b.mean
    distance = float(difference @ difference + np.trace(a.covariance) + np.trace(b.covariance) - 2 * trace_root)
    return 0.0 if distance < 0 else distance  # rounding can make it negative for equal Gaussians; NaN stays NaN


class FID(ImageMetric):
    """The FID between generated images and the ``compared`` real ones, on the features of one extractor.

    Its name is ``fid_<extractor>``; scores with other names are not comparable. If the data set has a validation split,
    ``fid_<extractor>_validation`` is the FID against it, for choosing an evaluation without looking at test images.

    Args:
        references: the real images, keyed by the suffix of the score's name; ``""`` comes first.
        cache: the folder that keeps their statistics.
    """

    key = "fid"
    least_images = 2  # a covariance needs two

    def __init__(self, extractor: Extractor, references: Mapping[str, Split], cache: Path) -> None:
        chosen = [suffix + made for suffix, split in references.items() if (made := choice(split.images))]
        self.extractor, self.fingerprint = extractor, "".join([extractor.fingerprint, *chosen])
        self.name = f"fid_{extractor.key}"
        self.real_images = len(compared(references[""].images))
        self.real = {suffix: self.cached_statistics(compared(split.images), cache) for suffix, split in references.items()}
        self.features = len(self.real[""].mean)

    @classmethod
    def named(cls, extractor: type[Extractor]) -> str:
        return f"fid_{extractor.key}"

    @classmethod
    def by(cls, extractor: Extractor, dataset: DataSet) -> Self:
        references = {"": dataset.load("test")}
        if dataset.validation:
            references["_validation"] = dataset.load("validation")
        for split in references.values():
            if len(split.images) < 2:
                raise UserError(f"{dataset.name} has a split of {len(split.images)} images; FID needs at least 2.")
        return cls(extractor, references, dataset.folder / "cache")

    def cached_statistics(self, real: NDArray[np.uint8], cache: Path) -> Statistics:
        """The statistics of real images, cached under their content and the extractor."""
        content = hashlib.sha256(real.tobytes()).hexdigest()
        path = cache / f"{self.name}-{self.extractor.fingerprint}-{content[:16]}.npy"
        stored = read_npy(path)
        if stored is not None:
            return Statistics(stored[0], stored[1:])
        statistics = self.statistics(torch.from_numpy(real))
        keep_for_later(path, npy_bytes(np.vstack([statistics.mean, statistics.covariance])))
        return statistics

    def statistics(self, images: Tensor) -> Statistics:
        """The statistics of the features of images uint8 [n, C, H, W]."""
        return feature_statistics(features_of(self.extractor, images))

    def of(self, images: Tensor) -> dict[str, float]:
        statistics = self.statistics(images)
        return {self.name + suffix: frechet_distance(statistics, real) for suffix, real in self.real.items()}
