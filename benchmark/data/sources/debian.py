"""Data sets from Debian packages, unpacked without installing them. Needs apt-get and dpkg, but not root."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unpacked(package: str) -> Iterator[Path]:
    """A temporary folder with the package's files, laid out as they would be installed below ``/``.

    Raises:
        OSError: apt-get or dpkg is missing, or the package cannot be downloaded.
        CalledProcessError: the package cannot be unpacked.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise FileNotFoundError("no apt-get and dpkg here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apt(["download", package], folder)
        for archive in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", archive, folder], check=True, capture_output=True)
        yield folder


def apt(arguments: list[str], folder: Path) -> None:
    """Runs apt-get in the folder; if the machine has no package lists, it downloads its own into the folder."""
    (folder / "lists" / "partial").mkdir(parents=True)
    # As root, apt-get would hand the download to a user who cannot write to the folder.
    common = ["apt-get", "-q", "-o", "APT::Sandbox::User=root"]
    own_lists = ["-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}"]
    attempts = [[[*common, *arguments]], [[*common, *own_lists, "update"], [*common, *own_lists, *arguments]]]
    for commands in attempts:
        results = [subprocess.run(c, cwd=folder, capture_output=True, text=True) for c in commands]
        if results[-1].returncode == 0:
            return
    raise OSError((results[-1].stderr.strip() or "apt-get failed").splitlines()[-1])
