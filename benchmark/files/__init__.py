"""Writes files that are never half written, checks disk and paths before long runs, and finds shipped files."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import tomllib
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from benchmark.files.sharing import how_to_share, owner, shut_at
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
"""Errors of a full, read-only or missing disk."""

LONGEST_NAME = 255
"""The most bytes that a file's name may have, in UTF-8, on nearly every file system."""

PACKAGE = Path(__file__).parents[1]


def packaged(name: str) -> Path:
    """The path of ``experiments`` or ``results/paper``: inside the package in a wheel, next to it in a checkout.

    Raises:
        UserError: it is in neither place, so the installation is incomplete.
    """
    for folder in (PACKAGE, PACKAGE.parent):
        if (path := folder / name).exists():
            return path
    raise UserError(
        f"This installation is incomplete: {name} is neither in {PACKAGE} nor in {PACKAGE.parent}.\n"
        "Install gan-loss-benchmark again, from a wheel or from a whole checkout."
    )


def published_folders(name: str, *results: Path) -> list[Path]:
    """The folders where a published study may be: in these results folders, in ``results`` here, in this package's checkout."""
    found = [root / "studies" / name for root in (*results, Path("results"), PACKAGE.parent / "results")]
    return [path for i, path in enumerate(found) if path.absolute() not in (p.absolute() for p in found[:i])]


def require_file(path: Path, needed_bytes: int, purpose: str) -> None:
    """Checks that the file can be written, before its content is computed; makes its folder.

    Raises:
        UserError: a folder has this name, the file's folder cannot be written to, or the disk has too little room.
    """
    require_file_name(path.name, "The file", "Give it a shorter name")
    if path.is_dir():
        raise UserError(f"{path} is a folder; name a file for {purpose}.")
    require_writable(path.parent, needed_bytes, purpose)


class NotAFile(UserError, OSError):
    """A path is not a plain file but a pipe, a device, or a link where links are not followed."""

    def __str__(self) -> str:
        return f"{self.filename} is {self.strerror}; a plain file is needed."


def open_plain(path: Path | str, *, follow: bool = True, folder: int | None = None) -> BinaryIO:
    """Opens the file at the path for reading. It never waits, whatever is at the path.

    Args:
        follow: whether links to files are followed.
        folder: the descriptor of the folder to which a relative path belongs.

    Raises:
        NotAFile: it is neither a file nor a folder.
        OSError: the file is missing, may not be read, or is a folder.
    """
    # A pipe or a device may never answer, so it is not opened; O_NONBLOCK is for one that appears after this check.
    require_plain(os.stat(path, dir_fd=folder, follow_symlinks=follow), path)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        require_plain(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def require_plain(found: os.stat_result, path: Path | str) -> None:
    """Checks that the ``stat`` of the path is that of a file.

    Raises:
        NotAFile, IsADirectoryError: it is not.
    """
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile(errno.EINVAL, KINDS.get(stat.S_IFMT(found.st_mode), "a special file"), os.fspath(path))


def read_plain(path: Path) -> bytes:
    """The content of the file at the path; see ``open_plain``."""
    with open_plain(path) as file:
        return file.read()


def read_inside(folder: Path, name: str) -> bytes:
    """The content of a file in the folder or below it; links on the way are not followed.

    Args:
        name: the file's path in the folder. The folder itself may be a link.

    Raises:
        NotAFile: a link, a pipe or a device is on the way, or the name leads out of the folder.
        OSError: the file is missing, may not be read, or is a folder.
    """
    *above, last = Path(name).parts or (name,)
    if Path(name).is_absolute() or ".." in (*above, last) or "\0" in name:
        raise NotAFile(errno.EINVAL, f"outside {folder}", os.fspath(folder / name))
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    here = os.open(folder, flags)
    try:
        for part in above:
            if not stat.S_ISDIR(os.stat(part, dir_fd=here, follow_symlinks=False).st_mode):
                raise NotAFile(errno.EINVAL, f"behind {part}, which is a link or not a folder", os.fspath(folder / name))
            below = os.open(part, flags | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        with open_plain(last, follow=False, folder=here) as file:
            return file.read()
    except OSError as error:
        error.filename = os.fspath(folder / name)  # the whole path, not only a part
        if error.errno == errno.ENAMETOOLONG:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), error.filename) from error
        raise
    finally:
        os.close(here)


def require_files_alone(folder: Path) -> None:
    """Checks that the folder, if it exists, and those below it contain only files, folders, and links to them.

    It is for folders that are read by libraries, which open anything with the right name.

    Raises:
        NotAFile: they contain something else.
        OSError: a folder cannot be read.
    """
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # a link that leads nowhere
                require_plain(os.stat(os.path.join(path, name)), os.path.join(path, name))


def refused(error: OSError, folder: Path | None = None) -> UserError | None:
    """The error to show the user if it comes from the disk; None for other errors."""
    if error.errno not in DISK_ERRORS:
        return None
    where = error.filename or folder
    if error.filename and (shut := shut_at(Path(error.filename))) is not None:
        which = "It" if shut == Path(error.filename) else str(shut)
        return UserError(f"Cannot read {where}: {error.strerror}.\n{which} belongs to {owner(shut)}. {how_to_share(shut)}")
    return UserError(
        f"Cannot {f'write to {where}' if where else 'write'}: {error.strerror}.\n"
        "Finished work is kept; fix this, and run the same command again for the rest."
    )


def unusable_path(error: OSError) -> UserError | None:
    """The error to show the user if a path is too long, leads in circles, or is a folder; None for other errors."""
    if error.errno not in (errno.ENAMETOOLONG, errno.ELOOP, errno.EISDIR):
        return None
    name = os.fsdecode(error.filename or "the path")
    short = name if len(name) <= 100 else f"{name[:60]}...{name[-37:]}"
    kind = "file" if error.errno == errno.EISDIR else "path"
    return UserError(f"{short} cannot be a {kind}: {error.strerror}.")


def require_file_name(name: str, what: str, remedy: str) -> None:
    """Checks that a file's name is not too long, in bytes; a letter may have several bytes.

    Args:
        what: what would have this name; the error begins with it.
        remedy: how to make the name shorter; the error ends with it.

    Raises:
        UserError: the name is too long.
    """
    if (length := len(os.fsencode(name))) > LONGEST_NAME:
        short = f"{name[:30]}...{name[-30:]}"
        raise UserError(f"{what} would be called {short}: {length} bytes, but a name may have {LONGEST_NAME}.\n{remedy}.")


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        OSError, ValueError: it cannot be read, or is not TOML in UTF-8.
    """
    content = read_plain(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else f"not UTF-8 (byte {error.start})"
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
    """Writes the file so that readers always see its whole old content or its whole new one, also after a crash.

    Without ``durable`` it does not wait for the disk, so that a crash of the machine may lose the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:60]}.{uuid.uuid4().hex[:8]}.tmp")  # cut, since the name may have 255 bytes
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
    """Writes a file that can be made again, if the disk permits; for users who may only read the folder it does nothing."""
    with suppress(OSError):
        write_atomically(path, content)


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
        with open_plain(path) as file:
            stored: NDArray[Any] = np.load(file, allow_pickle=False)
        return stored
    except (OSError, ValueError, EOFError):
        return None


def npy_bytes(array: NDArray[Any]) -> bytes:
    """The array in NumPy's file format, to be written by ``write_atomically``."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
