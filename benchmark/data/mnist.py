"""MNIST and Fashion-MNIST, from the four IDX archives that both are published as."""

from __future__ import annotations

import gzip
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from torchvision import datasets
from torchvision.datasets.utils import check_integrity

from benchmark.data.base import DataSet, Split, without_validation
from benchmark.data.debian import unpacked
from benchmark.files import write_atomically
from benchmark.plugins import UserError, one_line


class MNIST(DataSet):
    """50,000 + 10,000 + 10,000 digits (LeCun et al. 1998)."""

    key = "mnist"
    name = "MNIST"
    image_shape = (1, 28, 28)
    classes = 10
    held_out = True
    torchvision_class: ClassVar[type[datasets.MNIST]] = datasets.MNIST
    other_checksums: ClassVar[Mapping[str, str]] = {}
    """MD5 of archives with the same content, compressed by someone else."""

    def load(self, split: str) -> Split:
        self.fetch()
        data = self.torchvision_class(str(self.folder), train=split != "test", download=False)
        published = Split(data.data.numpy()[:, None], data.targets.numpy().astype(np.int64))
        return published if split == "test" else without_validation(published, split, share=6)

    @property
    def raw(self) -> Path:
        """The folder in which torchvision looks for the archives."""
        return self.folder / self.torchvision_class.__name__ / "raw"

    @property
    def archives(self) -> dict[str, str]:
        """The archives' file names with torchvision's MD5 of each."""
        return dict(self.torchvision_class.resources)

    def fetch(self) -> None:
        """Brings the verified archives and their content into the data folder, from the first source that has them.

        Raises:
            UserError: no source has them, or an archive in the data folder is corrupt and none could replace it.
        """
        tried = []
        for source, bring in self.sources():
            try:
                bring()
                if not (wrong := [name for name in self.archives if not self.verified(self.raw / name)]):
                    return self.extract()
                present = [name for name in wrong if (self.raw / name).exists()]
                tried.append(f"{source} ({present[0]} is corrupt)" if present else source)
            except (OSError, RuntimeError, EOFError, subprocess.CalledProcessError) as error:
                tried.append(f"{source} ({one_line(error)})")
        raise UserError(
            f"{self.name} cannot be had: tried {'; '.join(tried)}.\n"
            f"Put {', '.join(self.archives)} (as published, checksums are verified) into {self.raw}."
        )

    def sources(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Where the archives may be found, in order, each with what brings them into the data folder."""
        yield str(self.raw), lambda: None
        yield "torchvision's download", self.download

    def download(self) -> None:
        # Torchvision downloads nothing while the extracted files are there.
        for name in self.archives:
            if not self.verified(self.raw / name):
                (self.raw / name).unlink(missing_ok=True)
                (self.raw / Path(name).stem).unlink(missing_ok=True)
        self.torchvision_class(str(self.folder), download=True)

    def copy_from(self, folder: Path) -> None:
        """Copies the archives that the folder has and the data folder lacks or has corrupt."""
        if not folder.is_dir():
            raise FileNotFoundError("no such folder")
        for name in self.archives:
            if not self.verified(self.raw / name):
                write_atomically(self.raw / name, (folder / name).read_bytes())

    def verified(self, archive: Path) -> bool:
        accepted = (self.archives[archive.name], self.other_checksums.get(archive.name))
        return any(md5 is not None and check_integrity(str(archive), md5) for md5 in accepted)

    def extract(self) -> None:
        """Extracts each archive whose extracted file is missing or differs from it."""
        for name in self.archives:
            archive, extracted = self.raw / name, self.raw / Path(name).stem
            # A gzip file ends with the CRC-32 and the length of its content.
            with open(archive, "rb") as file:
                file.seek(-8, 2)
                trailer = file.read()
            content = extracted.read_bytes() if extracted.exists() else b""
            if zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little") != trailer:
                write_atomically(extracted, gzip.decompress(archive.read_bytes()))


DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
DEBIAN_PACKAGE = "dataset-fashion-mnist"


class FashionMNIST(MNIST):
    """50,000 + 10,000 + 10,000 articles of clothing (Xiao et al. 2017)."""

    key = "fashion-mnist"
    name = "Fashion-MNIST"
    aliases = ("fashion",)
    torchvision_class = datasets.FashionMNIST
    # As in Debian's package dataset-fashion-mnist 0.0~git20200523.55506a9-1.
    other_checksums = {
        "train-images-idx3-ubyte.gz": "cf8536b0aa1a6ac5fa3f23001093305c",
        "train-labels-idx1-ubyte.gz": "10bea18fdb374794d4bb42e356e600c9",
        "t10k-images-idx3-ubyte.gz": "f78720b4224f21cce2f2ccf2d7a94c9a",
        "t10k-labels-idx1-ubyte.gz": "0d30e22e447f3c33dab9ed536400ac01",
    }

    def sources(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield str(self.raw), lambda: None
        yield str(DEBIAN_FOLDER), lambda: self.copy_from(DEBIAN_FOLDER)
        yield "torchvision's download", self.download
        yield f"Debian's package {DEBIAN_PACKAGE}", self.unpack_debian_package

    def unpack_debian_package(self) -> None:
        """Downloads Debian's package and copies its archives into the data folder."""
        with unpacked(DEBIAN_PACKAGE) as root:
            self.copy_from(root / DEBIAN_FOLDER.relative_to("/"))
