from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmark.data.sources.debian import unpacked

DOWNLOADS = 'for last; do :; done; [ "$last" = some-data ] && echo content > some-data_1_all.deb && exit 0; exit 100'
UNPACKS = '[ "$1" = -x ] || exit 1; mkdir -p "$3/usr/share/datasets" && cp "$2" "$3/usr/share/datasets/file"'


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder first in PATH; the tests put their own apt-get and dpkg there."""
    (folder := tmp_path / "programs").mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def put_executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_package_is_unpacked_as_installing_it_would_and_removed_afterwards(programs: Path) -> None:
    put_executable(programs / "apt-get", DOWNLOADS)
    put_executable(programs / "dpkg", UNPACKS)
    with unpacked("some-data") as root:
        assert (root / "usr/share/datasets/file").read_text() == "content\n"
    assert not root.exists()


def test_a_package_that_cannot_be_downloaded_is_an_error_with_apt_s_last_line(programs: Path) -> None:
    put_executable(programs / "apt-get", "echo 'Reading' >&2; echo 'E: no such package' >&2; exit 100")
    put_executable(programs / "dpkg", UNPACKS)
    with pytest.raises(OSError, match=r"^E: no such package$"), unpacked("other-data"):
        pass


def test_a_machine_without_apt_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="no apt-get and dpkg here"), unpacked("some-data"):
        pass
