"""The Frechet distance between Gaussians fitted to the features of real and of generated images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmark.data import Split
from benchmark.files import npy_bytes, read_npy, write_atomically
from benchmark.metrics.extractors import Extractor

Floats = NDArray[np.float64]
CHUNK = 50  # images at once: more leave the processor's cache


@dataclass(frozen=True)
class Statistics:
    """Mean [d] and covariance [d, d] (divided by n - 1) of features."""

    mean: Floats
    covariance: Floats


def feature_statistics(features: Floats) -> Statistics:
    """The statistics of features [n, d], n at least 2.

    Raises:
        ValueError: fewer than two rows, or values that are not finite.
    """
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(f"features of shape {features.shape}: at least two rows of features are needed")
    if not np.isfinite(features).all():
        raise ValueError("features contain NaN or infinite values")
    return Statistics(features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False)))


def frechet_distance(a: Statistics, b: Statistics) -> float:
    """The squared 2-Wasserstein distance between two Gaussians: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).

    The trace of the square root is taken from the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2), which has those of
    C1 C2 and stays accurate for singular covariances.

    Source: Dowson and Landau 1982, equation 4; Heusel et al. 2017, equation 6.
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    trace_root = np.sqrt(np.linalg.eigvalsh(root @ b.covariance @ root).clip(min=0)).sum()
    difference = a.mean - b.mean
    return float(difference @ difference + np.trace(a.covariance) + np.trace(b.covariance) - 2 * trace_root)


class FID:
    """The FID of generated images against real ones, by one extractor.

    Attributes:
        name: ``fid_<extractor>``; scores of other names are not comparable.
    """

    def __init__(self, extractor: Extractor, real: Split, cache: Path) -> None:
        self.extractor = extractor
        self.name = f"fid_{extractor.key}"
        content = hashlib.sha256(real.images.tobytes()).hexdigest()
        path = cache / f"{self.name}-{extractor.fingerprint}-{content[:16]}.npy"
        stored = read_npy(path)
        if stored is None:
            self.real = self.statistics(torch.from_numpy(real.images))
            write_atomically(path, npy_bytes(np.vstack([self.real.mean, self.real.covariance])))
        else:
            self.real = Statistics(stored[0], stored[1:])

    def statistics(self, images: torch.Tensor) -> Statistics:
        """The statistics of the features of images uint8 [n, C, H, W]."""
        with torch.inference_mode():
            features = torch.cat([self.extractor.features(chunk).cpu() for chunk in images.split(CHUNK)])
        return feature_statistics(features.numpy())

    def __call__(self, images: torch.Tensor) -> float:
        """The FID of generated images uint8 [n, C, H, W]."""
        return frechet_distance(self.statistics(images), self.real)
