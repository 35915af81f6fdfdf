"""Two classes that any classifier learns in seconds: noise that is brighter on the left or on the right."""

from __future__ import annotations

import numpy as np

from benchmark.data import DataSet, Split

SIDE = 8  # the classifiers take images of any size, small ones in a fraction of the time


def halves(count: int, seed: int) -> Split:
    """Noise that is brighter on the left (class 0) or on the right (class 1)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    images = rng.integers(0, 100, (count, 1, SIDE, SIDE), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[0, :, SIDE // 2 * label : SIDE // 2 * (label + 1)] += 150
    return Split(images, labels)


class Halves(DataSet):
    """256 such images in each of two splits."""

    key, name, image_shape, classes = "halves", "Halves", (1, SIDE, SIDE), 2
    splits = ("train", "test")

    def load(self, split: str) -> Split:
        return halves(256, seed=["train", "test"].index(split))
