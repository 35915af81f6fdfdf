"""The files of a published tree of images, from its folder or from its tar archive: plain files of known names, no others."""

from __future__ import annotations

import lzma
import os
import tarfile
from collections.abc import Collection, Iterable
from pathlib import Path

from benchmark.data.sources.image_files import printable
from benchmark.plugins import UserError, one_line

LARGEST = 65_536  # bytes of a file
PADDING = 65_536  # bytes that may follow the last file of an archive
DAMAGED = (tarfile.TarError, lzma.LZMAError, OSError, EOFError, ValueError)
"""What is raised for archives that are cut off, changed, or none."""


def files_in_folder(home: Path, names: Collection[str]) -> dict[str, bytes]:
    """The content of each of the files ``names``, as ``train/cat/0001.jpg``, below the folder.

    What else lies in the folder itself, as a README, is left alone, and so are plain files whose names begin with a dot.
    Links and what is no plain file are refused and never opened.

    Raises:
        UserError: a file is missing, cannot be read, or should not be there; it is named.
    """
    wanted, folders = set(names), folders_of(names)
    found: set[str] = set()

    def visit(above: str) -> None:
        with os.scandir(home / above) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            name, is_folder = f"{above}{entry.name}", entry.is_dir(follow_symlinks=False)
            if not (is_folder or entry.is_file(follow_symlinks=False)):
                raise UserError(f"{shown(home, name)} is a link or no plain file.")
            if is_folder and name in folders:
                visit(f"{name}/")
            elif not is_folder and name in wanted:
                found.add(name)
            elif above and (is_folder or not entry.name.startswith(".")):
                raise UserError(f"{shown(home, name)} is none of the published files.")

    try:
        visit("")
        require_all(found, names, home)
        contents = {}
        for name in names:
            with open(home / name, "rb") as file:
                contents[name] = file.read(LARGEST + 1)
            require_small(len(contents[name]), shown(home, name))
        return contents
    except OSError as error:
        raise UserError(f"{shown(Path(error.filename or home))} cannot be read: {error.strerror}.") from error


def files_in_archive(archive: Path, top: str, names: Collection[str]) -> dict[str, bytes]:
    """The content of each of the files ``names``, as ``train/cat/0001.jpg``, in the folder ``top`` of a tar archive in xz.

    Nothing is unpacked onto the disk. The archive holds these plain files, once each, their folders, and nothing else.

    Raises:
        UserError: the archive is damaged, lacks a file or has another one; it is named, and so is the file.
    """
    wanted, folders = set(names), folders_of(names)
    found: dict[str, bytes] = {}
    try:
        with lzma.open(archive) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    within, _, name = member.name.removeprefix("./").partition("/")
                    if member.isdir() and within == top and name in folders:
                        continue
                    if not (member.isdir() or member.isreg()):
                        raise UserError(f"{shown(archive, member.name)} is a link or no plain file.")
                    if member.isdir() or within != top or name not in wanted or name in found:
                        raise UserError(f"{shown(archive, member.name)} is none of the published files, or there twice.")
                    require_small(member.size, shown(archive, member.name))
                    file = tar.extractfile(member)
                    assert file is not None  # it is of a plain file
                    found[name] = file.read()
            if len(stream.read(PADDING)) == PADDING:  # reads to the end, where xz keeps its checksum
                raise UserError(f"{shown(archive)} goes on after its last file.")
    except DAMAGED as error:
        raise UserError(f"{shown(archive)} is damaged, or no tar archive in xz: {one_line(error)}.") from error
    require_all(found, names, archive / top)
    return found


def folders_of(names: Iterable[str]) -> set[str]:
    """The folders in which the files lie, and those that hold them; the tree's own is the empty name."""
    holding = {name.rpartition("/")[0] for name in names}
    return holding | (folders_of(holding) if holding != {""} else set())


def require_all(found: Collection[str], names: Collection[str], home: Path) -> None:
    """Checks that every file was found.

    Raises:
        UserError: some are missing; the first is named, or its folder where that has none.
    """
    missing = [name for name in names if name not in found]
    if not missing:
        return
    folder = missing[0].rpartition("/")[0]
    first = missing[0] if any(name.startswith(f"{folder}/") for name in found) else folder
    raise UserError(f"{shown(home, first)} is missing; in all {len(missing)} of {len(names)} images are.")


def require_small(size: int, name: str) -> None:
    """Checks that a file can be one of the images.

    Raises:
        UserError: it is too large; it is named.
    """
    if size > LARGEST:
        raise UserError(f"{name} has more than {LARGEST} bytes, and none of the published files has.")


def shown(home: Path, name: str = "") -> str:
    """The name of a file in a folder or an archive, as an error says it."""
    path = f"{home}/{name}" if name else str(home)  # an absolute name stays behind its archive's
    return " ".join(printable(Path(path)).split())
