"""CelebA."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.data.base import DataSet, Split
from benchmark.files import keep_for_later, npy_bytes, read_npy, require_files_alone
from benchmark.plugins import UserError, one_line

if TYPE_CHECKING:
    from torchvision import datasets
    from torchvision.transforms import Compose

MALE = 20  # the column of the attribute used as the class


class CelebA(DataSet):
    """162,770 + 19,867 + 19,962 aligned faces (Liu et al. 2015); the central 160x160 pixels are resized to 64x64."""

    key = "celeba"
    name = "CelebA"
    image_shape = (3, 64, 64)
    classes = 2
    paper_steps = 101_250
    paper_evaluations = 8

    def load(self, split: str) -> Split:
        from torchvision import datasets  # which loads torch

        require_files_alone(self.folder / "celeba")
        try:
            data = datasets.CelebA(
                str(self.folder),
                split="valid" if split == "validation" else split,
                target_type="attr",
                download=True,
                transform=prepared(),
            )
            return Split(self.images(data, split), data.attr[:, MALE].numpy().astype(np.int64))
        except Exception as error:  # gdown's own errors, for example about a quota, have no narrower base class
            raise UserError(
                f"{self.name} is not available: {one_line(error)}\n"
                f"Put img_align_celeba.zip and the five .txt files, as published, into {self.folder / 'celeba'}."
            ) from error

    def images(self, data: datasets.CelebA, split: str) -> NDArray[np.uint8]:
        """The split's images, prepared; they are cached, because decoding 160,000 JPEGs takes minutes."""
        digest = hashlib.sha256("\n".join([repr(data.transform), *data.filename]).encode()).hexdigest()[:16]
        cache = self.folder / "cache" / f"celeba-{split}-{digest}.npy"
        images = read_npy(cache)
        if images is None:
            images = np.stack([np.asarray(data[i][0], np.uint8).transpose(2, 0, 1) for i in range(len(data))])
            keep_for_later(cache, npy_bytes(images))
        return images


def prepared() -> Compose:
    """The transform from a published picture to one of 64 x 64 pixels."""
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

    return Compose([CenterCrop(160), Resize(64, InterpolationMode.BILINEAR, antialias=True)])
