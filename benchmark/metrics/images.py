"""Reads and checks images that the user supplies, before anything is computed from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from benchmark.data.base import only_zeros_and_ones
from benchmark.data.sources.image_files import ENDINGS, FORMATS, find_images, in_colour, refuse
from benchmark.files import open_plain
from benchmark.plugins import UserError
from benchmark.plurals import how_many

HALF_LEVEL = 0.5 / 255  # of grey


def read_images(
    path: Path, image_shape: tuple[int, int, int], count: int | None = None, report: Callable[[str], None] = print
) -> Tensor:
    """The first ``count`` images, or all, as uint8 [n, C, H, W]; see ``checked_images``.

    Args:
        path: an .npy file, an .npz file of one array, an image file, or a folder of image files, taken in the order of their
            names. Images are never resized.

    Raises:
        UserError: the file is missing or of another kind, or its images cannot be scored.
    """
    if path.is_dir() or path.suffix.lower() in ENDINGS:
        return checked_images(read_image_files(path, image_shape[0], count), image_shape, count, str(path), report)
    if not path.is_file():
        raise UserError(f"No images at {path}.")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):
            names = array.files
            array = array[names[0]] if len(names) == 1 else None
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise UserError(f"{path} is not an .npy or .npz file of numbers. A folder of PNG files works too.") from error
    if array is None:
        found = f"{len(names)} arrays ({', '.join(names[:5])})" if names else "no arrays"
        raise UserError(f"{path} is an archive of {found}; one array is needed.\nSave only the images, with numpy.save.")
    return checked_images(array, image_shape, count, str(path), report)


def read_image_files(path: Path, channels: int, count: int | None) -> NDArray[np.uint8]:
    """The images uint8 [n, channels, H, W] of an image file, or of the first ``count`` files of a folder.

    Raises:
        UserError: there are no images, or some are unreadable or of different sizes.
    """
    files = find_images(path) if path.is_dir() else [path]
    if not files:
        raise UserError(f"{path} contains no PNG or JPEG files.")
    images: list[NDArray[np.uint8]] = []
    unreadable: dict[Path, Exception] = {}
    for file in files[:count]:
        try:
            with open_plain(file) as opened, Image.open(opened, formats=FORMATS) as image:
                images.append(np.asarray(in_colour(image, channels)))
        except Exception as error:  # Pillow raises errors of any kind for a damaged file
            unreadable[file] = error
    refuse(unreadable, len(files), path if path.is_dir() else path.parent)
    if other := [file for file, image in zip(files, images, strict=False) if image.shape != images[0].shape]:
        height, width = images[0].shape[:2]
        raise UserError(
            f"{path}: {other[0].name} differs in size from {files[0].name} ({width}x{height}); all images need the same size."
        )
    return np.stack(images).reshape(len(images), *images[0].shape[:2], channels).transpose(0, 3, 1, 2)


def checked_images(
    array: NDArray[Any],
    image_shape: tuple[int, int, int],
    count: int | None,
    source: str = "images",
    report: Callable[[str], None] = print,
) -> Tensor:
    """The first ``count`` images, or all, as uint8 [n, C, H, W].

    Accepts uint8, or floats in [0, 1] with a tolerance of half a grey level. Accepts the shapes [n, C, H, W], [n, H, W, C],
    and [n, H, W] for one channel. ``report`` gets a warning if the bytes look like truncated floats.

    Raises:
        UserError: the images have another shape or type, are too few, are outside the range, or are not finite.
    """
    channels, height, width = image_shape
    if array.shape[1:] == (height, width) and channels == 1:
        array = array[:, None]
    elif array.shape[1:] == (height, width, channels) != image_shape:
        array = np.moveaxis(array, -1, 1)
    if array.shape[1:] != image_shape:
        shape = ", ".join(map(str, image_shape))
        raise UserError(f"{source}: shape {tuple(array.shape)} does not fit the data set; [n, {shape}] is needed.")
    if len(array) < (count or 1):
        raise UserError(f"{source}: {how_many(len(array), 'image')}; {count or 1:,} needed.")
    array = np.array(array[:count])  # a copy: the file is mapped read-only
    if array.dtype == np.uint8:
        if only_zeros_and_ones(array):
            report(f"Warning: {source}: all values are 0 or 1, on a scale of 0 to 255. If 1 means white, multiply by 255.")
        return torch.from_numpy(array)
    if not np.issubdtype(array.dtype, np.floating):
        raise UserError(f"{source}: values of type {array.dtype}; use uint8, or floats from 0 to 1.")
    if bad := int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum()):
        raise UserError(
            f"{source}: {bad:,} of {how_many(len(array), 'image')} contain NaN or infinite values and cannot be scored."
        )
    low, high = float(array.min()), float(array.max())
    if low <= -HALF_LEVEL or high >= 1 + HALF_LEVEL:
        raise UserError(
            f"{source}: values from {low:g} to {high:g}; floats must lie in 0 to 1 (or be uint8 from 0 to 255).\n"
            "Divide by 255, or map -1..1 to 0..1 with (x + 1) / 2."
        )
    return torch.from_numpy(np.rint(255 * array.astype(np.float64).clip(0, 1)).astype(np.uint8))
