"""Folders that several users share: checks of permissions, and advice for users."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from benchmark.plugins import UserError

GROUP, OTHERS, WRITING = 0o070, 0o007, 0o022


def owner(path: Path) -> str:
    """The name of the file's owner, or a number if the machine knows no name."""
    try:
        return path.owner()
    except (KeyError, OSError, NotImplementedError):
        return f"user {path.stat().st_uid}"


def how_to_share(path: Path) -> str:
    """What the owner of the file or folder has to do so that this user can share it."""
    groups = {os.getgid(), os.getegid(), *os.getgroups()}
    place = next(p for p in (path, *path.absolute().parents) if p.exists())
    if place.stat().st_gid in groups:
        return "To share results, their owner makes them group-writable (chmod -R g+rwX) and runs with umask 002."
    return (
        "To share results, their owner gives them to a group of yours (chgrp -R, chmod -R g+rwXs) and runs with umask 002.\n"
        "Without a common group: chmod -R a+rwX and umask 000."
    )


def shut_at(path: Path) -> Path | None:
    """The path itself or a folder above it, if this user may not read or enter it; else None."""
    for place in (path, *path.absolute().parents):
        try:
            found = place.stat()
        except OSError:  # missing, or in a folder that this user may not enter
            continue
        needed = os.R_OK | os.X_OK if stat.S_ISDIR(found.st_mode) else os.R_OK
        return None if os.access(place, needed) else place
    return None


def require_own(folders: Iterable[Path]) -> None:
    """Checks that existing folders can be written to; another user may have made them.

    Raises:
        UserError: one of them cannot be written to.
    """
    for folder in folders:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise UserError(f"Cannot write to {folder}, which {owner(folder)} made.\n{how_to_share(folder)}")


def require_open_to_others(folder: Path, below: Iterable[Path] = ()) -> str | None:
    """Checks that those who may write to the folder will be able to read what this process adds to it.

    It makes a folder to see its permissions, because not every disk respects the umask.

    Args:
        below: folders in it. If they have several owners, others are known to work here.

    Returns:
        A warning if others who work here could read, but not write; None if all is well.

    Raises:
        UserError: this user's umask prevents others from reading.
    """
    if not folder.is_dir():
        return None
    mode = folder.stat().st_mode
    asked = (GROUP if mode & stat.S_IWGRP else 0) | (OTHERS if mode & stat.S_IWOTH else 0)
    if not asked or not (closed := asked & ~mode_of_new(folder)):
        return None
    who = " and ".join(name for bits, name in ((GROUP, "its group"), (OTHERS, "all others")) if closed & bits)
    umask = current_umask()
    shared = f"{folder} is shared: {who} may write to it, but your umask {umask:03o} keeps them from"
    remedy = f"Run with umask {umask & ~asked:03o}, or name a folder of your own with --results."
    if closed & ~WRITING:
        raise UserError(f"{shared} reading what you add.\n{remedy}")
    several = {place.stat().st_uid for place in (folder, *below) if place.is_dir()} - {os.geteuid()}
    return f"Warning: {shared} continuing what you add. {remedy}" if several else None


def mode_of_new(folder: Path) -> int:
    """The permissions of a new folder in this folder; all permissions if this process cannot make one."""
    probe = folder / f".{uuid.uuid4().hex[:8]}.probe"
    try:
        probe.mkdir()
    except OSError:
        return GROUP | OTHERS
    try:
        return probe.stat().st_mode
    finally:
        with suppress(OSError):
            probe.rmdir()


def current_umask() -> int:
    """This process's umask, which can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
