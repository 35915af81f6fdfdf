"""Image files in a folder: finds them, reads their headers, and decodes them to one size and number of channels."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from benchmark.files import open_plain, read_plain
from benchmark.plugins import UserError, one_line

ENDINGS = (".png", ".jpg", ".jpeg")
FORMATS = ("PNG", "JPEG")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The operation that makes an image upright, by EXIF orientation."""


@dataclass(frozen=True)
class ImageFile:
    """An image file, described by its header.

    Attributes:
        path: its path.
        digest: the SHA-256 of the file.
        side: the length of its shorter side, in pixels.
        grey: whether it is stored without colours.
    """

    path: Path
    digest: str
    side: int
    grey: bool


def find_images(folder: Path) -> list[Path]:
    """The PNG and JPEG files (by file name extension) in the folder and its subfolders; hidden files are left out.

    Links to folders are followed, unless that folder contains the link.

    Raises:
        UserError: a folder cannot be read.
    """
    found: list[Path] = []

    def visit(folder: Path, above: tuple[Path, ...]) -> None:
        here = folder.resolve()
        if any(a.is_relative_to(here) for a in above):
            return
        for name in sorted(os.listdir(folder)):
            path = folder / name
            if name.startswith("."):
                continue
            if os.path.isdir(path):  # False for broken and circular links
                visit(path, (*above, here))
            elif path.suffix.lower() in ENDINGS:
                found.append(path)

    try:
        visit(folder, ())
    except OSError as error:
        raise UserError(f"The folder {printable(Path(error.filename or folder))} cannot be read: {error.strerror}.") from error
    return found


def describe(paths: list[Path], folder: Path) -> list[ImageFile]:
    """Describes each file by its header; pixels are not decoded yet.

    Raises:
        UserError: some files are not images; the message names up to three.
    """
    described, unreadable = [], {}
    for path in paths:
        try:
            data = read_plain(path)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                described.append(ImageFile(path, hashlib.sha256(data).hexdigest(), min(image.size), is_grey(image)))
        except Exception as error:  # Pillow raises errors of any kind for a damaged file
            unreadable[path] = error
    refuse(unreadable, len(paths), folder)
    return described


def decode(files: list[ImageFile], channels: int, side: int, folder: Path) -> NDArray[np.uint8]:
    """The images uint8 [n, channels, side, side] of the files: their central squares, resized.

    Raises:
        UserError: some files are damaged; the message names up to three.
    """
    images = np.zeros((len(files), channels, side, side), np.uint8)
    unreadable = {}
    for i, file in enumerate(files):
        try:
            with open_plain(file.path) as opened, Image.open(opened, formats=FORMATS) as image:
                square = central_square(in_colour(image, channels), side)
                images[i] = np.asarray(square).reshape(side, side, channels).transpose(2, 0, 1)
        except Exception as error:
            unreadable[file.path] = error
    refuse(unreadable, len(files), folder)
    return images


def is_grey(image: Image.Image) -> bool:
    """Whether the image is stored without colours, or with a grey palette."""
    if image.mode == "P" and image.palette is not None:
        red, green, blue = (bytes(image.palette.palette)[c::3] for c in range(3))
        return red == green == blue
    return image.mode in ("1", "L", "LA") or image.mode.startswith("I")


def in_colour(image: Image.Image, channels: int) -> Image.Image:
    """The image upright, with 8 bits and one or three channels; transparent parts are shown on white."""
    image = upright(image)
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion would clip at 255
        values = np.rint(np.asarray(image).astype(np.float64) / 257).clip(0, 255)
        image = Image.fromarray(values.astype(np.uint8))
    elif "A" in image.getbands() or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image.convert("L" if channels == 1 else "RGB")


def upright(image: Image.Image) -> Image.Image:
    """The image turned by its EXIF orientation; unchanged if that cannot be read.

    Pillow's own ``exif_transpose`` also rewrites the other EXIF entries, and fails if one is malformed.
    """
    image.load()
    try:
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF raises errors of any kind; the pixels are intact
        return image
    return image if turn is None else image.transpose(turn)


def central_square(image: Image.Image, side: int) -> Image.Image:
    """The largest central square of the image, resized with antialiased bilinear interpolation."""
    shorter = min(image.size)
    left, top = (image.width - shorter) // 2, (image.height - shorter) // 2
    square = image.crop((left, top, left + shorter, top + shorter))
    return square.resize((side, side), Image.Resampling.BILINEAR)


def refuse(unreadable: Mapping[Path, Exception], count: int, folder: Path) -> None:
    """Raises a ``UserError`` that names the folder's unreadable files, if there are any."""
    if not unreadable:
        return
    first, reason = next(iter(unreadable.items()))
    others = [printable(path.relative_to(folder)) for path in list(unreadable)[1:3]]
    more = f" and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
    raise UserError(
        f"{printable(folder)}: {len(unreadable)} of {count} files are not readable as PNG or JPEG: "
        f"{', '.join([printable(first.relative_to(folder)), *others])}{more}.\n"
        f"Repair or remove them. The first one: {why(reason)}"
    )


def why(error: Exception) -> str:
    """Why a file could not be read, on one line."""
    if isinstance(error, UnidentifiedImageError):  # its own message may name Pillow's source instead of the file
        return f"its header is damaged, or not that of a {' or a '.join(FORMATS)} file"
    return one_line(error)


def printable(path: Path) -> str:
    """The path as text that any terminal can print, whatever bytes it contains."""
    return os.fsencode(path).decode(errors="replace")
