"""What another user of the machine sees and may do: needs root, who alone can become one."""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65_534
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A new folder that every user can reach; pytest's own are root's alone."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_nobody(function: Callable[[], object], *, umask: int = 0o022, groups: tuple[int, ...] = ()) -> str:
    """The text of what the function returns, called by the user nobody in a process of its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.umask(umask)
            said = "returned " + str(function())
        except BaseException:
            said = traceback.format_exc()
        os.write(write, said.encode()[:60_000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert said.startswith("returned "), said
    return said.removeprefix("returned ")
