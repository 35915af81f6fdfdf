"""Does a generator copy training images? Compares distances to the nearest training and the nearest test image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.analysis.statistics.copying import c_t, relative_distances, share_of_copies
from benchmark.data import DataSet
from benchmark.metrics.base import Generated, ImageMetric
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.features import Floats, cached_features, choice, compared, features_of
from benchmark.metrics.nearest import Rows, nearest
from benchmark.plugins import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELLS = 20
TRAINING_IMAGES, TEST_IMAGES = 100, 100  # at least: each cell needs a centre, and a percentile needs 100 values
PAIRS = 8


@dataclass(frozen=True)
class Neighbours:
    """The nearest training and test image of each of n images: distances [n] and row numbers [n].

    Attributes:
        relative: see ``relative_distances``.
        cells: the k-means cell [n] of the feature space in which each image lies.
    """

    to_training: Floats
    training_rows: Rows
    to_test: Floats
    test_rows: Rows
    relative: Floats
    cells: Rows


class Copying(ImageMetric):
    """``copied_<extractor>``: the share of images that are closer to a training image than 99% of new real images are.

    Closeness is relative to the nearest test image (see ``share_of_copies``). Without copying the share is about 0.01; if all
    images are copies it is 1. Further columns:

    - ``nearer_training_<extractor>``: the share of images whose nearest real image is a training image. A generator that
      memorised no single image gets the share of training images among the real ones: 5/6 for 50,000 training and 10,000
      test images.
    - ``copying_ct_<extractor>``: Meehan's C_T in 20 k-means cells of the training images. It is near 0 without copying, far
      below 0 for copies, and far above 0 for images that resemble no real ones. Nearest neighbours are searched among all
      training images, not only among those of the cell.

    The search covers all training images and the ``compared`` test images; features are compared in float32.

    Source: Meehan, Chaudhuri and Dasgupta 2020; the distance relative to held-out images: Platzer and Reutterer 2021.

    Args:
        train, test: real images uint8 [n, C, H, W].
        cache: the folder that keeps their features.

    Raises:
        ValueError: half of the test images have the same features as a training image.
    """

    key = "copying"
    picture = "closest-pairs"

    def __init__(self, extractor: Extractor, train: NDArray[np.uint8], test: NDArray[np.uint8], cache: Path) -> None:
        self.extractor, self.fingerprint = extractor, f"{extractor.fingerprint}-{len(train)}training{choice(test)}"
        self.name = f"copied_{extractor.key}"
        self.train_images, self.test_images = train, compared(test)
        self.real_images = len(self.test_images)
        train_features = cached_features(extractor, train, cache)
        self.mean = train_features.mean(0)
        self.train = self.centred(train_features)
        self.test = self.centred(cached_features(extractor, self.test_images, cache))
        to_training, rows = nearest(self.test, self.train)
        self.usual = float(np.median(to_training))
        if not self.usual:
            raise ValueError("half of the test images have the same features as a training image")
        self.cells = k_means(self.train.numpy())
        self.of_test = self.neighbours(self.test, (to_training, rows), nearest(self.test, self.test, others=True))

    @classmethod
    def named(cls, extractor: type[Extractor]) -> str:
        return f"copied_{extractor.key}"

    @classmethod
    def by(cls, extractor: Extractor, dataset: DataSet) -> Self:
        train, test = dataset.training_images().images, dataset.load("test").images
        for split, images, least in (("training", train, TRAINING_IMAGES), ("test", test, TEST_IMAGES)):
            if len(images) < least:
                raise UserError(
                    f"{dataset.name} has {len(images)} {split} images; the metric {cls.key!r} needs at least {least}."
                )
        return cls(extractor, train, test, dataset.folder / "cache")

    def centred(self, features: Floats) -> Tensor:
        """The features float32 [n, d] minus the mean over the training images."""
        return torch.from_numpy((features.astype(np.float32) - self.mean).astype(np.float32))

    def neighbours(self, features: Tensor, training: tuple[Floats, Rows], test: tuple[Floats, Rows]) -> Neighbours:
        """The ``Neighbours`` of images, from their ``centred`` features and nearest training and test images."""
        relative = relative_distances(training[0], test[0], self.usual)
        return Neighbours(*training, *test, relative, nearest(features, self.cells)[1])

    def neighbours_of(self, images: Tensor) -> Neighbours:
        """The nearest real images of images uint8 [n, C, H, W]."""
        features = self.centred(features_of(self.extractor, images))
        return self.neighbours(features, nearest(features, self.train), nearest(features, self.test))

    def scores(self, found: Neighbours) -> dict[str, float]:
        """The scores, by column, of images that have these neighbours."""
        key, test = self.extractor.key, self.of_test
        return {
            self.name: share_of_copies(found.relative, test.relative),
            f"nearer_training_{key}": float(np.mean(found.to_training < found.to_test)),
            f"copying_ct_{key}": c_t(found.to_training, found.cells, test.to_training, test.cells),
        }

    def of(self, images: Tensor) -> dict[str, float]:
        return self.scores(self.neighbours_of(images))

    def pictured(self, generated: Generated) -> tuple[dict[str, float], Figure]:
        """The scores, and a figure of the likeliest copies with their nearest real images, one per training image."""
        from benchmark.analysis.figures.samples import closest_pairs  # slow to load

        found = self.neighbours_of(generated.images)
        shown = closest(found.relative, found.training_rows, PAIRS)
        figure = closest_pairs(
            generated.images[torch.from_numpy(shown)].cpu().numpy(),
            self.train_images[found.training_rows[shown]],
            self.test_images[found.test_rows[shown]],
            found.to_training[shown],
            found.to_test[shown],
        )
        return self.scores(found), figure


def closest(relative: Floats, training_rows: Rows, count: int) -> Rows:
    """The row numbers of the ``count`` images with the lowest relative distance, lowest first, one per training image."""
    order = np.argsort(relative, kind="stable")
    _, first = np.unique(training_rows[order], return_index=True)
    return order[np.sort(first)][:count]


def k_means(features: NDArray[np.float32]) -> Tensor:
    """The centres [20, d] of the k-means cells, the same in every run."""
    from sklearn.cluster import KMeans  # slow to load
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the number of threads changes the order of sums, and so the last digits
        found = KMeans(CELLS, n_init=1, random_state=0).fit(features)
    return torch.from_numpy(found.cluster_centers_.astype(np.float32))
