"""A data set as users write it, in a file of its own: striped images, learnt in seconds."""

import numpy as np

from benchmark import DataSet, Split


class Stripes(DataSet):
    """Striped images: of every two classes one lies and one stands, and each further two are narrower."""

    key = "stripes"
    name = "Stripes"
    image_shape = (1, 28, 28)
    classes = 2
    images = 300  # in each split

    def load(self, split: str) -> Split:
        rng = np.random.default_rng(self.splits.index(split))
        side, labels = self.image_shape[1], np.arange(self.images) % self.classes
        waves = np.sin(np.arange(side) * (1 + labels[:, None] // 2) + rng.uniform(0, 6, (self.images, 1)))
        standing, lying = waves[:, None, :].repeat(side, 1), waves[:, :, None].repeat(side, 2)
        images = np.where(labels[:, None, None] % 2 == 1, standing, lying)
        return Split((127 * (images[:, None] + 1)).astype(np.uint8), labels)
