"""Folders that several users share; another user's process is a real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.other_user import NOBODY, as_nobody, folder_for_all, needs_root

from benchmark.files import read_plain, refused
from benchmark.files.sharing import current_umask, how_to_share, mode_of_new, require_open_to_others, require_own, shut_at
from benchmark.plugins import UserError


@pytest.fixture
def shared() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    ("mode", "mask", "accepted"),
    [
        (0o755, 0o077, True),  # nobody else can write: their own business
        (0o2775, 0o002, True),
        (0o2775, 0o007, True),
        (0o2775, 0o022, True),  # others can read
        (0o2775, 0o077, False),
        (0o777, 0o027, False),
        (0o777, 0o022, True),
    ],
)
def test_a_umask_that_lets_nobody_else_read_is_refused_where_others_may_write(
    tmp_path: Path, mode: int, mask: int, accepted: bool
) -> None:
    tmp_path.chmod(mode)
    os.umask(mask)
    if accepted:
        assert require_open_to_others(tmp_path) is None  # no other user is seen here
    else:
        with pytest.raises(UserError, match=f"umask {mask:03o} .*\nRun with umask 00"):
            require_open_to_others(tmp_path)
    assert current_umask() == mask and not list(tmp_path.iterdir())


@needs_root
@pytest.mark.usefixtures("umask")
def test_where_another_user_works_who_cannot_write_to_new_folders_there_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", NOBODY, NOBODY)
    warning = require_open_to_others(tmp_path, [tmp_path / "theirs", tmp_path / "absent"])
    assert warning is not None and "umask 002" in warning
    os.umask(0o002)
    assert require_open_to_others(tmp_path, [tmp_path / "theirs"]) is None


def test_no_folder_is_nobody_s(tmp_path: Path) -> None:
    assert require_open_to_others(tmp_path / "absent") is None
    assert mode_of_new(tmp_path / "absent") & 0o077 == 0o077


@needs_root
def test_what_may_not_be_read_is_told_with_whose_it_is_and_what_the_owner_does(shared: Path) -> None:
    inner = shared / "inner"
    inner.mkdir()
    (inner / "file").touch()

    def told() -> str:
        try:
            read_plain(inner / "file")
        except OSError as error:
            return f"{shut_at(inner / 'file')} {refused(error)}"
        return "read"

    assert as_nobody(told) == "read"
    inner.chmod(0o750)  # as umask 027 makes it
    said = as_nobody(told)
    assert said.startswith(f"{inner} Cannot read {inner / 'file'}") and "root" in said and "chgrp" in said
    os.chown(inner, 0, NOBODY)
    assert as_nobody(told) == "read"
    (inner / "file").chmod(0o640)
    assert as_nobody(told).startswith(f"{inner / 'file'} Cannot read {inner / 'file'}")
    os.chown(inner / "file", 0, NOBODY)
    (inner / "file").chmod(0o600)
    said = as_nobody(told)
    assert "g+rwX" in said and "umask 002" in said and "chgrp" not in said


@needs_root
def test_a_folder_that_may_not_be_written_to_is_told_with_advice_that_fits_its_group(shared: Path) -> None:
    def told() -> str:
        try:
            require_own([shared / "absent", shared])
        except UserError as error:
            return str(error)
        return "mine"

    said = as_nobody(told, umask=0o027)
    assert f"Cannot write to {shared}, which root made." in said and "chgrp" in said
    os.chown(shared, 0, NOBODY)
    said = as_nobody(told, umask=0o027)
    assert "g+rwX" in said and "umask 002" in said and "chgrp" not in said
    shared.chmod(0o775)
    assert as_nobody(told) == "mine"


def test_advice_about_a_file_that_is_gone_is_that_of_its_folder(tmp_path: Path) -> None:
    assert how_to_share(tmp_path / "gone" / "file") == how_to_share(tmp_path)
