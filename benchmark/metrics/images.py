"""Images from elsewhere, checked before anything is computed from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.plugins import UserError, one_line


def read_images(path: Path, image_shape: tuple[int, int, int], count: int | None = None) -> Tensor:
    """The first ``count`` images, or all, of an .npy file as uint8 [n, C, H, W]; see ``checked_images``.

    Raises:
        UserError: no such file, one of another kind, or images that cannot be scored.
    """
    if not path.is_file():
        raise UserError(f"No images at {path}.")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise UserError(f"{path} is not an .npy file of images: {one_line(error)}") from error
    if not isinstance(array, np.ndarray):
        raise UserError(f"{path} is an archive of several arrays.\nSave the images alone with numpy.save.")
    return checked_images(array, image_shape, count, str(path))


def checked_images(array: NDArray[Any], image_shape: tuple[int, int, int], count: int | None, source: str = "images") -> Tensor:
    """The first ``count`` images, or all, as uint8 [n, C, H, W].

    Accepts uint8, or floats in [0, 1]; shapes [n, C, H, W], [n, H, W, C], and [n, H, W] for one channel.

    Raises:
        UserError: images of another shape or type, too few, outside the range, or not finite.
    """
    channels, height, width = image_shape
    if array.shape[1:] == (height, width) and channels == 1:
        array = array[:, None]
    elif array.shape[1:] == (height, width, channels) != image_shape:
        array = np.moveaxis(array, -1, 1)
    if array.shape[1:] != image_shape:
        shape = ", ".join(map(str, image_shape))
        raise UserError(f"{source}: shape {tuple(array.shape)} does not fit the data set's images; [n, {shape}] is needed.")
    if len(array) < (count or 1):
        raise UserError(f"{source}: {len(array):,} images; {count or 1:,} are needed.")
    array = np.array(array[:count])  # a copy: the file is mapped read-only
    if array.dtype == np.uint8:
        return torch.from_numpy(array)
    if not np.issubdtype(array.dtype, np.floating):
        raise UserError(f"{source}: values of type {array.dtype}; uint8, or floats from 0 to 1, are needed.")
    if bad := int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum()):
        raise UserError(f"{source}: {bad:,} of {len(array):,} images contain NaN or infinite values; such a run has no score.")
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1:
        raise UserError(
            f"{source}: values from {low:g} to {high:g}; floats must lie in 0 to 1 (or be uint8 from 0 to 255).\n"
            "Divide by 255, or bring -1..1 to 0..1 by (x + 1) / 2."
        )
    return torch.from_numpy(np.rint(255 * array.astype(np.float64)).astype(np.uint8))
