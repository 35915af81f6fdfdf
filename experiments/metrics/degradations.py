"""Degradations of known kind and strength, to test scores with: changes to every image, or replacement of some images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from benchmark.data.polygons import Triangles, render

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


def as_bytes(images: Tensor) -> Tensor:
    """Images float [n, C, H, W] as uint8, clipped to [0, 1] first."""
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)


def noisy(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 with Gaussian noise of standard deviation ``level``, for pixels in [0, 1]."""
    return as_bytes(images / 255 + torch.randn(images.shape, generator=generator) * level)


def blurred(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 after a Gaussian blur of ``level`` pixels."""
    if not level:
        return images
    reach = min(int(3 * level) + 1, min(images.shape[-2:]) - 1)
    return as_bytes(gaussian_blur(images / 255, [2 * reach + 1] * 2, [level] * 2))


def brightened(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 times 1 + ``level``, clipped at white."""
    return as_bytes(images / 255 * (1 + level))


def darkened(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 to the power of 1 + ``level``, for pixels in [0, 1]: greys get darker, black and white do not change."""
    return as_bytes((images / 255) ** (1 + level))


def lifted(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 with ``level`` added to every pixel in [0, 1], clipped at white."""
    return as_bytes(images / 255 + level)


def thresholded(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 moved by the share ``level`` towards pure black and white; 1 leaves no grey."""
    pixels = images / 255
    return as_bytes(pixels + level * ((pixels > 0.5).float() - pixels))


def checkered(images: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Images uint8 with ``level`` alternately added to and subtracted from pixels, as transposed convolutions may do."""
    rows, columns = (torch.arange(side) for side in images.shape[-2:])
    return as_bytes(images / 255 + level * (1 - 2 * ((rows[:, None] + columns) % 2)))


CHANGES: Mapping[str, Callable[[Tensor, float, torch.Generator], Tensor]] = {
    "noise": noisy,
    "blur": blurred,
    "gain": brightened,
    "gamma": darkened,
    "grey level": lifted,
    "thresholding": thresholded,
    "checkerboard": checkered,
}
LEVELS = {
    "noise": (0.0, 0.02, 0.05, 0.1, 0.2, 0.4),  # standard deviation, pixels in [0, 1]
    "blur": (0.0, 0.4, 0.6, 1.0, 2.0, 4.0),  # standard deviation in pixels
    "gain": (0.0, 0.1, 0.25, 0.5, 1.0),  # all pixels times 1 + this
    "gamma": (0.0, 0.1, 0.25, 0.5, 1.0),  # all pixels to the power of 1 + this
    "grey level": (0.0, 0.02, 0.05, 0.1, 0.2),  # added to all pixels
    "thresholding": (0.0, 0.25, 0.5, 0.75, 1.0),  # the way gone to black and white
    "checkerboard": (0.0, 0.02, 0.05, 0.1, 0.2),  # amplitude
    "inversion": (0.0, 0.1, 0.25, 0.5, 1.0),  # share of the images inverted
    "mode dropping": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),  # share of the images of half the classes that is left out
    "one class only": (0.0, 0.25, 0.5, 0.75, 1.0),  # share of the images of all classes but one that is left out
    "duplicates": (0.0, 0.5, 0.9, 0.99),  # share of the images replaced by copies of the others
    "mixing": (0.0, 0.02, 0.05, 0.1, 0.2, 0.5),  # share of the images replaced by triangles
}


@dataclass(frozen=True)
class Replacement:
    """Images uint8 [n, C, H, W], each to replace the image of the same row; ``rows`` are replaced in order."""

    rows: NDArray[np.int64]
    images: Images


def replacements(
    images: Images, labels: Labels, all_images: Images, all_labels: Labels, spare: NDArray[np.int64], only: int, other: Images
) -> dict[str, Replacement]:
    """The replacement of images, by kind of degradation.

    Args:
        images: the images to degrade, with their ``labels``.
        all_images: the images to choose from, with their labels; ``spare`` are the rows that are not in ``images``.
        only: the class that remains in ``one class only``.
        other: images [n, C, H, W] of something else.
    """
    dropped = np.unique(labels)[::2]
    every = np.arange(len(images))
    kept, alone = (spare[chosen] for chosen in (~np.isin(all_labels[spare], dropped), all_labels[spare] == only))
    return {
        "inversion": Replacement(every, 255 - images),
        "mode dropping": Replacement(np.flatnonzero(np.isin(labels, dropped)), all_images[np.resize(kept, len(images))]),
        "one class only": Replacement(np.flatnonzero(labels != only), all_images[np.resize(alone, len(images))]),
        "mixing": Replacement(every, other),
    }


def duplicated(count: int, level: float) -> NDArray[np.int64]:
    """Row numbers [count] in which the share ``level`` are copies of the others, each copied equally often."""
    return np.arange(count) % max(1, round((1 - level) * count))


def triangles(count: int, image_shape: tuple[int, int, int], rng: np.random.Generator) -> Images:
    """Images uint8 [count, C, H, W] of triangles, which no photographic data set contains."""
    drawn = render(Triangles().draw(count, rng))
    channels, height, width = image_shape
    resized = F.interpolate(torch.from_numpy(drawn)[:, None].float(), (height, width), mode="area")
    images: Images = resized.round().to(torch.uint8).repeat(1, channels, 1, 1).numpy()
    return images
