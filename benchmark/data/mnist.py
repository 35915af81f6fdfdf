"""MNIST and Fashion-MNIST, each read from its four published IDX files, which are verified by their content."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray

from benchmark.data.base import DataSet, Split, without_validation
from benchmark.data.sources.debian import unpacked
from benchmark.files import read_plain, write_atomically
from benchmark.plugins import UserError, one_line

TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
GZIP = b"\x1f\x8b"  # begins every gzip file
Files = dict[str, bytes]
"""Files as downloaded, compressed or not, by their names without ``.gz``."""


class MNIST(DataSet):
    """50,000 + 10,000 + 10,000 digits (LeCun et al. 1998).

    A file is accepted under any of ``paths`` if the SHA-256 of its decompressed content is right. Files with other content are
    left alone: a download never overwrites them.
    """

    key = "mnist"
    name = "MNIST"
    image_shape = (1, 28, 28)
    classes = 10
    held_out = True
    home: ClassVar[str] = "MNIST"
    """Its folder in the data folder, the same as torchvision's."""
    mirrors: ClassVar[tuple[str, ...]] = ("https://ossci-datasets.s3.amazonaws.com/mnist", "http://yann.lecun.com/exdb/mnist")
    contents: ClassVar[Mapping[str, str]] = {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }
    """The SHA-256 of each file, decompressed."""

    def load(self, split: str) -> Split:
        images, labels = (read_idx(self.content(name)) for name in (TEST if split == "test" else TRAIN))
        published = Split(images[:, None], labels.astype(np.int64))
        return published if split == "test" else without_validation(published, split, share=6)

    @property
    def raw(self) -> Path:
        """The first folder that is searched for the files."""
        return self.folder / self.home / "raw"

    def paths(self, name: str) -> Iterator[Path]:
        """Where the file may lie in the data folder, under all names that it is published with; the fastest to read first."""
        homes = [self.folder / home for home in (self.home, self.key, *self.aliases)]
        for folder in (*(f for home in homes for f in (home / "raw", home)), self.folder):
            for served in (name, name.replace("-idx", ".idx")):
                yield folder / served
                yield folder / f"{served}.gz"

    def content(self, name: str) -> bytes:
        """The verified content of the file, from the data folder or the first source that has it.

        Raises:
            UserError: no source has it; the message names files of that name in the data folder that were refused.
        """
        refused = []
        for path in self.paths(name):
            try:
                if (content := self.verified(name, read_plain(path))) is not None:
                    return content
                refused.append(f"{path} differs from the published file")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except OSError as error:
                refused.append(f"{path} cannot be read ({error.strerror})")
        tried = []
        for source, fetch in self.sources():
            try:
                files = fetch(name)
                if name in files and (content := self.verified(name, files[name])) is not None:
                    self.keep(files)
                    return content
                tried.append(f"{source} (different content)")
            except (OSError, HTTPException, subprocess.CalledProcessError) as error:
                tried.append(f"{source} ({one_line(error)})")
        raise UserError(
            f"{self.name} is not available: {'; '.join(refused) or f'no {name} in {self.raw}'}; tried {', '.join(tried)}.\n"
            f"Put {', '.join(self.contents)} into {self.raw}, compressed (.gz) or not."
        )

    def verified(self, name: str, data: bytes) -> bytes | None:
        """The file's content, decompressed if necessary; None if it differs from the published content."""
        try:
            content = gzip.decompress(data) if data.startswith(GZIP) else data
        except (OSError, EOFError, zlib.error):
            return None
        return content if hashlib.sha256(content).hexdigest() == self.contents[name] else None

    def sources(self) -> Iterator[tuple[str, Callable[[str], Files]]]:
        """The sources of a missing file, in order: each one's name, and a function that returns the file, or all files."""
        for mirror in self.mirrors:
            yield mirror, partial(download, mirror)

    def keep(self, files: Files) -> None:
        """Writes the verified files into the data folder, decompressed; skips existing files and ignores disk errors."""
        for name, data in files.items():
            free = next((p for p in self.paths(name) if p.suffix != ".gz" and not p.exists()), None)
            if free is not None and (content := self.verified(name, data)) is not None:
                with suppress(OSError):
                    write_atomically(free, content)


DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
DEBIAN_PACKAGE = "dataset-fashion-mnist"


class FashionMNIST(MNIST):
    """50,000 + 10,000 + 10,000 articles of clothing (Xiao et al. 2017)."""

    key = "fashion-mnist"
    name = "Fashion-MNIST"
    aliases = ("fashion",)
    home = "FashionMNIST"
    mirrors = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",)
    contents = {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }

    def sources(self) -> Iterator[tuple[str, Callable[[str], Files]]]:
        yield str(DEBIAN_FOLDER), lambda name: {name: read_plain(DEBIAN_FOLDER / f"{name}.gz")}
        yield from super().sources()
        yield f"Debian's package {DEBIAN_PACKAGE}", self.from_debian

    def from_debian(self, name: str) -> Files:
        """All four files, from Debian's package."""
        with unpacked(DEBIAN_PACKAGE) as root:
            folder = root / DEBIAN_FOLDER.relative_to("/")
            return {name: (folder / f"{name}.gz").read_bytes() for name in self.contents}


def download(mirror: str, name: str) -> Files:
    """The file from the mirror."""
    with urlopen(f"{mirror}/{name}.gz", timeout=60) as response:
        data: bytes = response.read()
    return {name: data}


def read_idx(content: bytes) -> NDArray[np.uint8]:
    """The uint8 array in an IDX file, which holds three bytes, the number of dimensions, their sizes and the values."""
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy()
