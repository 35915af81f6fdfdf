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
SHARE, LEAST, MOST = 6, 100, 10_000  # one image in SHARE tests, one validates: LEAST at least, MOST at most of each
DIGITS = 12  # of the hash in a key
FORMAT = 1  # raise it when the same files give other images or splits


class ImageFolder(DataSet):
    """The PNG and JPEG files of a folder, in the order of their contents' hashes: test, then validation, then training images.

    The folders in it are the classes; without any there is one class. Made by ``folder_dataset``, not by name.

    Attributes:
        home: the folder.
        files: in that order.
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
    """The folder that a data set's name stands for, and the side of its images if the name says one, as in ``faces@64``.

    None if there is no such folder.
    """
    if os.path.isdir(path := os.path.expanduser(name)):
        return Path(path), None
    path, at, side = path.rpartition("@")
    return (Path(path), int(side)) if at and side.isdecimal() and os.path.isdir(path) else None


def folder_dataset(folder: Path, side: int | None = None) -> type[ImageFolder]:
    """The data set of the folder's images.

    Its key is the folder's name, ``@`` and a hash of the contents: as long as the images are the same, so are the results.

    Args:
        side: of the images, 28, 32 or 64 pixels; by default the largest of these that no image falls short of, or 28.

    Raises:
        UserError: too few images, unreadable ones, or another side.
    """
    if side not in (None, *SIDES):
        raise UserError(f"{printable(folder)}@{side}: images can have a side of {', '.join(map(str, SIDES))} pixels.")
    folder = folder.resolve()
    key = key_of(folder, "0" * DIGITS)
    require_file_name(f"layers-{key}.safetensors", "What is learnt of these images", "Give the folder a shorter name")
    paths = find_images(folder)
    if len(paths) < SHARE * LEAST:
        raise UserError(
            f"{printable(folder)} has {len(paths)} PNG and JPEG files; {SHARE * LEAST} are needed: "
            f"{LEAST} to test, {LEAST} to validate and the others to train."
        )
    return _dataset(folder, side, tuple(paths), tuple(map(signature, paths)))


@lru_cache(maxsize=16)
def _dataset(
    folder: Path, side: int | None, paths: tuple[Path, ...], signatures: tuple[tuple[int, int], ...]
) -> type[ImageFolder]:
    """The data set, made once as long as the files keep their names, sizes and times."""
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
    """The key of the folder's data set: its name, without what a path or a list would trip over, and the digest."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", printable(Path(folder.name))).strip("-.") or "images"
    return f"{stem}@{digest}"


def class_of(path: Path, folder: Path) -> str:
    """The class of the file, which lies below the folder: the name, in hexadecimal bytes, of the folder that it is in there."""
    parts = path.relative_to(folder).parts
    return os.fsencode(parts[0] if len(parts) > 1 else "").hex()


def held_out_of(count: int) -> int:
    """How many of so many images test; as many validate."""
    return min(MOST, count // SHARE)


def signature(path: Path) -> tuple[int, int]:
    """The file's size and the time of its last change; zeros for a link that leads nowhere."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns
