"""Files that are never half written, checks that keep a long run from failing at its end, and the files that are shipped."""

from __future__ import annotations

import errno
import io
import os
import shutil
import tomllib
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.plugins import UserError

DISK_ERRORS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ESTALE,
    errno.ENOTDIR,
)
"""What a disk says that is full, protected or away."""

LONGEST_NAME = 255
"""Bytes of a file's name, in UTF-8, on nearly every file system."""

PACKAGE = Path(__file__).parent


def packaged(name: str) -> Path:
    """Where ``experiments`` or ``results/paper`` is: inside the package in a wheel, beside it in a checkout.

    Raises:
        UserError: neither has it, so the installation is incomplete.
    """
    for folder in (PACKAGE, PACKAGE.parent):
        if (path := folder / name).exists():
            return path
    raise UserError(
        f"This installation is incomplete: {name} is neither in {PACKAGE} nor in {PACKAGE.parent}.\n"
        "Install gan-loss-benchmark again, from a wheel or from a whole checkout."
    )


def published_folders(name: str, *results: Path) -> list[Path]:
    """Where a published study may lie: in these folders of results, in ``results`` here, in this package's checkout."""
    found = [root / "studies" / name for root in (*results, Path("results"), PACKAGE.parent / "results")]
    return [path for i, path in enumerate(found) if path.absolute() not in (p.absolute() for p in found[:i])]


def require_file(path: Path, needed_bytes: int, purpose: str) -> None:
    """Checks, before what goes into the file is computed, that it can be written; makes its folder.

    Raises:
        UserError: a folder is called so, its own folder cannot be written to, or the disk has too little room.
    """
    require_file_name(path.name, "The file", "Give it a shorter name")
    if path.is_dir():
        raise UserError(f"{path} is a folder; name a file for {purpose}.")
    require_writable(path.parent, needed_bytes, purpose)


def refused(error: OSError, folder: Path | None = None) -> UserError | None:
    """What to tell the user if it was the disk that refused; None for other errors."""
    if error.errno not in DISK_ERRORS:
        return None
    where = error.filename or folder
    if error.filename and os.path.exists(error.filename) and not os.access(error.filename, os.R_OK):
        return UserError(f"Cannot read {where}: {error.strerror}.\nIts permissions, or those of its folder, do not let you.")
    return UserError(
        f"Cannot {f'write to {where}' if where else 'write'}: {error.strerror}.\n"
        "Finished trials are kept; the same command goes on from the last checkpoint once this is fixed."
    )


def unusable_path(error: OSError) -> UserError | None:
    """What to tell the user if it was a path that cannot be one, or that leads in circles; None for other errors."""
    if error.errno not in (errno.ENAMETOOLONG, errno.ELOOP):
        return None
    name = os.fsdecode(error.filename or "the path")
    short = name if len(name) <= 100 else f"{name[:60]}...{name[-37:]}"
    return UserError(f"{short} cannot be a path: {error.strerror}.")


def require_file_name(name: str, what: str, remedy: str) -> None:
    """Checks that a file can be called so: by its bytes, of which a letter may have several.

    Args:
        what: would be called so, as the error begins.
        remedy: how to make it shorter, as the error ends.

    Raises:
        UserError: the name is too long.
    """
    if (length := len(os.fsencode(name))) > LONGEST_NAME:
        short = f"{name[:30]}...{name[-30:]}"
        raise UserError(f"{what} would be called {short}: {length} bytes, and a name has {LONGEST_NAME} at most.\n{remedy}.")


def read_toml(path: Path) -> dict[str, Any]:
    """What the file says.

    Raises:
        OSError, ValueError: it cannot be read, or is no TOML in UTF-8.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else f"no UTF-8 (byte {error.start})"
        raise ValueError(f"its text is {kind}; save it in UTF-8") from error
    return tomllib.loads(text)


def require_no_loop(path: Path, what: str) -> None:
    """Checks that the path, if it is a link, leads somewhere.

    Raises:
        UserError: it leads nowhere, or in circles.
    """
    if path.is_symlink() and not path.exists():
        raise UserError(f"{path} is a link that leads nowhere or in circles; name another {what}.")


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Writes the file so that any reader, at any moment and after any crash, sees the old content or the new one.

    What need not survive the machine's own crash need not be ``durable``: that spares waiting for the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:60]}.{uuid.uuid4().hex[:8]}.tmp")  # a name of 255 bytes is left no room
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def keep_for_later(path: Path, content: bytes) -> None:
    """Writes what can be made again, if the disk lets it: whoever may only read the folder makes it anew."""
    with suppress(OSError):
        write_atomically(path, content)


def require_own(folders: Iterable[Path]) -> None:
    """Checks that the folders that are there can be written to: another user may have made them.

    Raises:
        UserError: one cannot.
    """
    for folder in folders:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise UserError(
                f"Cannot write to {folder}, which {owner(folder)} made.\n"
                "To share results, its owner makes it group-writable (chmod -R g+rwX) and runs with umask 002."
            )


def owner(path: Path) -> str:
    """The name of the file's owner, or a number if the machine knows no name."""
    try:
        return path.owner()
    except (KeyError, OSError, NotImplementedError):
        return f"user {path.stat().st_uid}"


def require_writable(folder: Path, needed_bytes: int, purpose: str) -> None:
    """Makes the folder and checks that it can hold ``needed_bytes`` more.

    Raises:
        UserError: it cannot be written to, or the disk has too little room.
    """
    require_no_loop(folder, "folder")
    probe = folder / f".{uuid.uuid4().hex[:8]}.probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise UserError(
            f"Cannot write to {folder} for {purpose}: {error.strerror}.\nName another folder or change its permissions."
        ) from error
    if free < needed_bytes:
        raise UserError(
            f"{folder} has {free / 1e6:.0f} MB free; {purpose} needs {needed_bytes / 1e6:.0f} MB.\n"
            "Make room or name another folder."
        )


def read_npy(path: Path) -> NDArray[Any] | None:
    """The array in the file; None if it is missing or damaged."""
    try:
        stored: NDArray[Any] = np.load(path, allow_pickle=False)
        return stored
    except (OSError, ValueError, EOFError):
        return None


def npy_bytes(array: NDArray[Any]) -> bytes:
    """The array in NumPy's file format, to be written by ``write_atomically``."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
