"""A disk that refuses a write ends a command with one message; what needs no write works on."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from support.command_line import ganbench

from benchmark.files import refused
from benchmark.study.planning import plan_cache

MINE = 'losses = ["lsgan"]\ndatasets = ["stripes.py"]\nbudget = "smoke"\nextractor = "pixels"\n'


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


def test_what_may_not_be_read_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read everything
    told = refused(PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "secret")))
    assert told is not None and f"Cannot read {tmp_path / 'secret'}: Permission denied." in str(told)


def test_a_data_folder_that_cannot_be_written_to_is_enough(own_files: Path) -> None:
    # A file stands where the folder would be: nothing can be kept there, and nothing is needed of it.
    (own_files / "file").touch()
    (own_files / "mine.toml").write_text(MINE)
    arguments = ["run", own_files / "mine.toml", "--no-compile", "--executor", "inline", "--results", own_files / "results"]
    code, said, err = ganbench(*arguments, "--data", own_files / "file" / "data")
    assert code == 0, said + err


def test_folders_of_another_user_are_told_before_the_run_begins(own_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = own_files / "results"
    theirs = results / "trials" / "lsgan" / "mnist"
    theirs.mkdir(parents=True)
    (own_files / "mine.toml").write_text(MINE)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != theirs)  # root may write everywhere
    code, _, err = ganbench("run", own_files / "mine.toml", "--no-compile", "--results", results, "--data", own_files / "data")
    assert code == 2 and not list(results.glob("running/*"))
    assert f"Cannot write to {theirs}, which {theirs.owner()} made." in err and "group-writable" in err


def test_a_plan_that_may_not_be_read_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ganbench("status", "quick", "--results", tmp_path)
    assert (tmp_path / "plans" / "quick.json").exists()

    def denied(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(plan_cache, "read_json", denied)
    code, out, _ = ganbench("status", "quick", "--results", tmp_path)
    assert code == 0 and "0 of 72,000 steps done" in out


@pytest.mark.parametrize(("hours", "told"), [(1.0, "its clock is 60.0 min ahead of this disk's"), (0.0, "")])
def test_a_lease_from_the_future_is_told_by_status_as_what_it_is(tmp_path: Path, hours: float, told: str) -> None:
    ganbench("status", "quick", "--results", tmp_path)
    trial = json.loads((tmp_path / "plans" / "quick.json").read_text())["trials"][0][0]
    path = tmp_path / "running" / f"{trial}.0.claim"
    path.parent.mkdir()
    path.write_text(json.dumps({"machine": "another", "host": "node7", "pid": 12, "trials": [trial], "title": "a trial"}))
    dated = path.stat().st_mtime + 3600 * hours
    os.utime(path, (dated, dated))
    code, out, _ = ganbench("status", "quick", "--results", tmp_path)
    assert code == 0 and "nothing runs" not in out and "no speed is known yet" in out
    assert ("its clock is" in out) == bool(told) and told in out


def test_a_run_needs_no_links(own_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")  # as exFAT says it

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "symlink", refuse)
    (own_files / "mine.toml").write_text(MINE)
    results = own_files / "results"
    code, _, err = ganbench(
        "run", own_files / "mine.toml", "--executor", "inline", "--results", results, "--data", own_files / "data"
    )
    assert code == 0, err
    assert not list(results.glob("running/*"))
