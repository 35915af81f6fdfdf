"""Image files in a folder: found, described by their headers, and brought to one size and number of channels."""

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
"""What makes an image upright, by the orientation that EXIF says."""


@dataclass(frozen=True)
class ImageFile:
    """What an image's file says of it.

    Attributes:
        path: where it lies.
        digest: the SHA-256 of the file.
        side: the shorter of its sides, in pixels.
        grey: whether it is stored without colours.
    """

    path: Path
    digest: str
    side: int
    grey: bool


def find_images(folder: Path) -> list[Path]:
    """The PNG and JPEG files in the folder and those below it, by their names' endings; hidden ones are left out.

    Links to other folders are followed, those to a folder that holds the link are not.

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
            if os.path.isdir(path):  # False for links that lead nowhere, or in circles
                visit(path, (*above, here))
            elif path.suffix.lower() in ENDINGS:
                found.append(path)

    try:
        visit(folder, ())
    except OSError as error:
        raise UserError(f"The folder {printable(Path(error.filename or folder))} cannot be read: {error.strerror}.") from error
    return found


def describe(paths: list[Path], folder: Path) -> list[ImageFile]:
    """What each file says of its image; pixels are not decoded yet.

    Raises:
        UserError: some are no images; three at most are named.
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
        UserError: some are damaged; three at most are named.
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
    """Whether the image is stored without colours, or with a palette of greys."""
    if image.mode == "P" and image.palette is not None:
        red, green, blue = (bytes(image.palette.palette)[c::3] for c in range(3))
        return red == green == blue
    return image.mode in ("1", "L", "LA") or image.mode.startswith("I")


def in_colour(image: Image.Image, channels: int) -> Image.Image:
    """The image upright, in 8 bits and one or three channels; what is transparent is seen on white."""
    image = upright(image)
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion cuts off at 255
        values = np.rint(np.asarray(image).astype(np.float64) / 257).clip(0, 255)
        image = Image.fromarray(values.astype(np.uint8))
    elif "A" in image.getbands() or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image.convert("L" if channels == 1 else "RGB")


def upright(image: Image.Image) -> Image.Image:
    """The image turned as its camera says; as it is stored where that cannot be read.

    Pillow's own ``exif_transpose`` also writes the other EXIF entries anew, and fails where one is odd.
    """
    image.load()
    try:
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # of any kind, for damaged EXIF; the pixels are sound
        return image
    return image if turn is None else image.transpose(turn)


def central_square(image: Image.Image, side: int) -> Image.Image:
    """The largest square in the image's middle, resized by antialiased bilinear interpolation."""
    shorter = min(image.size)
    left, top = (image.width - shorter) // 2, (image.height - shorter) // 2
    square = image.crop((left, top, left + shorter, top + shorter))
    return square.resize((side, side), Image.Resampling.BILINEAR)


def refuse(unreadable: Mapping[Path, Exception], count: int, folder: Path) -> None:
    """Raises a ``UserError`` that says which of the folder's files cannot be read, if any."""
    if not unreadable:
        return
    first, reason = next(iter(unreadable.items()))
    others = [printable(path.relative_to(folder)) for path in list(unreadable)[1:3]]
    more = f" and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
    raise UserError(
        f"{printable(folder)}: {len(unreadable)} of {count} files are no PNG or JPEG that can be read: "
        f"{', '.join([printable(first.relative_to(folder)), *others])}{more}.\n"
        f"Mend or remove them. The first one: {why(reason)}"
    )


def why(error: Exception) -> str:
    """Why a file could not be read, on one line."""
    if isinstance(error, UnidentifiedImageError):  # whose own message may name what Pillow read from, and not the file
        return f"its header is damaged, or not that of a {' or a '.join(FORMATS)} file"
    return one_line(error)


def printable(path: Path) -> str:
    """The path as text that any terminal takes, whatever bytes its name has."""
    return os.fsencode(path).decode(errors="replace")
