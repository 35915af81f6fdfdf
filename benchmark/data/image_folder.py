"""A folder of images as a data set."""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.data.base import DataSet, Split
from benchmark.data.sources.image_files import ImageFile, decode, describe, find_images, printable
from benchmark.files import keep_for_later, npy_bytes, read_npy, require_file_name
from benchmark.plugins import UserError

SIDES = (28, 32, 64)
SHARE, LEAST, MOST = 6, 100, 10_000  # one image in SHARE tests and one validates, between LEAST and MOST of each
DIGITS = 12  # digits of the hash in a key
FORMAT = 1  # raise it when a change gives other images or splits for the same files


class ImageFolder(DataSet):
    """The PNG and JPEG files of a folder, ordered by the hash of their contents: test, then validation, then training images.

    Its subfolders are the classes; without subfolders there is one class. ``folder_dataset`` makes these data sets.

    Attributes:
        home: the folder.
        files: the files, in that order.
        labels: the class of each file.
    """

    held_out = True
    home: ClassVar[Path]
    files: ClassVar[list[ImageFile]]
    labels: ClassVar[NDArray[np.int64]]

    def load(self, split: str) -> Split:
        cache = self.folder / "cache" / f"{self.key}.npy"
        images = read_npy(cache)
        if images is None:
            images = decode(self.files, self.image_shape[0], self.image_shape[1], self.home)
            keep_for_later(cache, npy_bytes(images))
        held_out = held_out_of(len(images))
        start, stop = {"test": (0, held_out), "validation": (held_out, 2 * held_out)}.get(split, (2 * held_out, len(images)))
        return Split(images[start:stop].copy(), self.labels[start:stop].copy())


def folder_of(name: str) -> tuple[Path, int | None] | None:
    """The folder that a data set's name stands for, and the images' side if the name gives one, as in ``faces@64``.

    None if there is no such folder.
    """
    if os.path.isdir(path := os.path.expanduser(name)):
        return Path(path), None
    path, at, side = path.rpartition("@")
    return (Path(path), int(side)) if at and side.isdecimal() and os.path.isdir(path) else None


def folder_dataset(folder: Path, side: int | None = None) -> type[ImageFolder]:
    """The data set of the folder's images.

    Its key is the folder's name, ``@`` and a hash of the contents, so changed images never share results with the old ones.

    Args:
        side: the side of the images in pixels, 28, 32 or 64; by default the largest that every image has, or else 28.

    Raises:
        UserError: there are too few images, some are unreadable, or the side is another one.
    """
    if side not in (None, *SIDES):
        raise UserError(f"{printable(folder)}@{side}: the side must be one of {', '.join(map(str, SIDES))} pixels.")
    folder = folder.resolve()
    key = key_of(folder, "0" * DIGITS)
    require_file_name(f"layers-{key}.safetensors", "What is learnt of these images", "Give the folder a shorter name")
    paths = find_images(folder)
    if len(paths) < SHARE * LEAST:
        raise UserError(
            f"{printable(folder)} has {len(paths)} PNG and JPEG files; {SHARE * LEAST} are needed: "
            f"{LEAST} for testing, {LEAST} for validation and the rest for training."
        )
    return _dataset(folder, side, tuple(paths), tuple(map(signature, paths)))


@lru_cache(maxsize=16)
def _dataset(
    folder: Path, side: int | None, paths: tuple[Path, ...], signatures: tuple[tuple[int, int], ...]
) -> type[ImageFolder]:
    """The data set; reused as long as the files keep their names, sizes and times."""
    files = sorted(describe(list(paths), folder), key=lambda file: (file.digest, file.path))
    classes = [class_of(file.path, folder) for file in files]
    known, labels = np.unique(classes, return_inverse=True)
    if side is None:
        side = max((s for s in SIDES if s <= min(file.side for file in files)), default=SIDES[0])
    channels = 1 if all(file.grey for file in files) else 3
    content = [FORMAT, channels, side, [[c, file.digest] for c, file in zip(classes, files, strict=True)]]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:DIGITS]
    attributes = {
        "__doc__": f"The images in {printable(folder)}.",
        "key": key_of(folder, digest),
        "name": printable(Path(folder.name)),
        "image_shape": (channels, side, side),
        "classes": len(known),
        "home": folder,
        "files": files,
        "labels": labels.astype(np.int64),
    }
    return type("ImageFolder", (ImageFolder,), attributes)


def key_of(folder: Path, digest: str) -> str:
    """The key of the folder's data set: the folder's name without characters unsafe in paths or lists, and the digest."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", printable(Path(folder.name))).strip("-.") or "images"
    return f"{stem}@{digest}"


def class_of(path: Path, folder: Path) -> str:
    """The class of a file below the folder: the name of its top subfolder, as hexadecimal bytes."""
    parts = path.relative_to(folder).parts
    return os.fsencode(parts[0] if len(parts) > 1 else "").hex()


def held_out_of(count: int) -> int:
    """The number of test images among ``count`` images; as many are for validation."""
    return min(MOST, count // SHARE)


def signature(path: Path) -> tuple[int, int]:
    """The file's size and modification time; zeros for a broken link."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns
