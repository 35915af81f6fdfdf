"""A disk that refuses a write ends a command with one message; what needs no write works on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from support.command_line import ganbench

from benchmark.files import refused


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source)

    monkeypatch.setattr(os, "replace", refuse)


@pytest.mark.usefixtures("full_disk")
def test_a_status_needs_no_room(tmp_path: Path) -> None:
    code, out, _ = ganbench("status", "quick", "--results", tmp_path)
    assert code == 0 and "0 of 72,000 steps done" in out


@pytest.mark.usefixtures("full_disk")
def test_collecting_to_a_full_disk_ends_with_a_message(tmp_path: Path) -> None:
    code, _, err = ganbench("collect", "quick", "--results", tmp_path)
    assert code == 2
    assert "No space left on device" in err and str(tmp_path) in err and len(err.strip().splitlines()) == 2


def test_only_what_the_disk_refuses_is_told_so() -> None:
    assert refused(FileNotFoundError(errno.ENOENT, "No such file or directory")) is None
    told = refused(OSError(errno.EROFS, "Read-only file system", "/x/y"))
    assert told is not None and "Cannot write to /x/y: Read-only file system." in str(told)
