"""Features of images, and the base class of metrics that compare generated and test images by their features."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.data import DataSet
from benchmark.data.base import content_hash
from benchmark.files import keep_for_later, npy_bytes, read_npy
from benchmark.metrics.base import ImageMetric
from benchmark.metrics.extractors import Extractor
from benchmark.plugins import UserError, blaming

Floats = NDArray[np.float64]
CHUNK = 50  # images at once: more leave the processor's cache
COMPARED = 10_000  # the largest number of real images that a score compares with, as in the study


def features_of(extractor: Extractor, images: Tensor) -> Floats:
    """The features [n, d] of images uint8 [n, C, H, W].

    Raises:
        ValueError: there are no images, or the features are not finite.
        UserError: a user's own extractor returned something else than features.
    """
    if not len(images):
        raise ValueError("no images: features need at least one")
    with torch.inference_mode(), blaming(type(extractor), f"{type(extractor).__name__}.features of {len(images)} images"):
        parts = [checked_features(extractor, chunk, extractor.features(chunk)) for chunk in images.split(CHUNK)]
    features: Floats = torch.cat(parts).numpy()
    if not np.isfinite(features).all():
        raise ValueError(f"features of the extractor {extractor.key!r} contain NaN or infinite values")
    return features


def checked_features(extractor: Extractor, images: Tensor, made: object) -> Tensor:
    """The features that an extractor returned for the images, checked; float64 [n, d] on the CPU.

    Raises:
        UserError: it returned something else; the message names the class and what is needed.
    """
    if not isinstance(made, Tensor) or not made.is_floating_point() or made.ndim != 2 or len(made) != len(images):
        found = f"{made.dtype} {list(made.shape)}" if isinstance(made, Tensor) else type(made).__name__
        raise UserError(
            f"{type(extractor).__name__}.features returned {found} for {len(images)} images; it must return a tensor of floats "
            f"of shape [{len(images)}, d]."
        )
    return made.cpu().double()


def cached_features(extractor: Extractor, images: NDArray[np.uint8], cache: Path) -> Floats:
    """The features of real images, in float32 precision, cached under the images' content and the extractor."""
    path = cache / f"features_{extractor.key}-{extractor.fingerprint}-{content_hash(images)}.npy"
    stored = read_npy(path)
    if stored is None:
        stored = features_of(extractor, torch.from_numpy(images)).astype(np.float32)
        keep_for_later(path, npy_bytes(stored))
    return stored.astype(np.float64)


def compared(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The real images that scores compare with: all, or ``COMPARED`` evenly spaced ones, the same in every run."""
    count = len(images)
    return images if count <= COMPARED else images[np.arange(COMPARED) * count // COMPARED]


def choice(images: NDArray[np.uint8]) -> str:
    """The part of a fingerprint that names the images chosen by ``compared``; empty if all are used."""
    return "" if len(images) <= COMPARED else f"-{COMPARED}of{len(images)}"


class FeatureMetric(ImageMetric):
    """Compares the features of generated images and of the ``compared`` test images, with a function of torch-fidelity.

    Attributes:
        main: the name of its main score, before the extractor's key.
    """

    main: ClassVar[str]
    least_images = 2

    def __init__(self, extractor: Extractor, real: NDArray[np.uint8], cache: Path) -> None:
        self.extractor, self.fingerprint = extractor, extractor.fingerprint + choice(real)
        self.name = f"{self.main}_{extractor.key}"
        self.real = torch.from_numpy(cached_features(extractor, compared(real), cache))
        self.real_images = len(self.real)

    @classmethod
    def named(cls, extractor: type[Extractor]) -> str:
        return f"{cls.main}_{extractor.key}"

    @classmethod
    def by(cls, extractor: Extractor, dataset: DataSet) -> Self:
        real = dataset.load("test").images
        if len(real) < 5:
            raise UserError(
                f"The test split of {dataset.name} has {len(real)} images; the metric {cls.key!r} needs at least 5."
            )
        return cls(extractor, real, dataset.folder / "cache")

    @abstractmethod
    def compare(self, generated: Tensor) -> dict[str, float]:
        """The scores of generated images' features [n, d], the main one first; the names leave out the extractor."""

    def of(self, images: Tensor) -> dict[str, float]:
        features = torch.from_numpy(features_of(self.extractor, images))
        return {f"{name}_{self.extractor.key}": value for name, value in self.compare(features).items()}
