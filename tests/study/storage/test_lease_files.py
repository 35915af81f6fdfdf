"""What the file of a lease may be: whole, not filled yet, damaged, or none at all, on any disk.

It mirrors no module: who owns a lease, and for how long, is in test_leases.py.
"""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.leases import owners
from support.other_user import as_nobody, folder_for_all, needs_root

from benchmark.study.storage import leases as module
from benchmark.study.storage.leases import SILENCE_SECONDS, acquire, clock, create, read_leases
from benchmark.study.storage.processes import this_process


@settings(deadline=None, max_examples=100)
@given(
    content=st.one_of(
        st.binary(min_size=1, max_size=40), st.sampled_from([b"0", b"null", b"[]", b'"x"', b"{}", b'{"trials": 5}'])
    )
)
def test_a_damaged_lease_is_nobody_s(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "work.4.claim").write_bytes(content)
    assert owners(folder) == {"work": (4, False)}
    mine = acquire(folder, "work")
    assert mine is not None and mine.path.name == "work.5.claim"
    mine.finish()
    assert not (folder / "work.4.claim").exists()


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0.01, 1, exclude_max=True))
def test_a_truncated_lease_is_nobody_s(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    folder = tmp_path_factory.mktemp("truncated")
    content = json.dumps(asdict(this_process())).encode()
    (folder / "work.0.claim").write_bytes(content[: int(share * len(content))])
    assert owners(folder) == {"work": (0, False)}


@pytest.mark.parametrize(
    "change", [{"pid": "self"}, {"rate": "fast"}, {"trials": [[]]}, {"steps": None}, {"losses": [1]}, {"pid": 10**400}]
)
def test_a_lease_with_a_field_that_cannot_be_is_nobody_s(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "work.0.claim").write_text(json.dumps({**asdict(this_process()), **change}))
    assert owners(tmp_path) == {"work": (0, False)}


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_file_is_no_lease_and_holds_nobody_up(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "work.0.claim"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    assert owners(tmp_path) == {"work": (0, False)}
    mine = acquire(tmp_path, "work")
    assert mine is not None and mine.path.name == "work.1.claim"
    mine.finish()
    assert [p.name for p in tmp_path.iterdir()] == (["work.0.claim"] if kind == "folder" else [])


@needs_root
@pytest.mark.parametrize(("silent", "alive"), [(0.0, True), (SILENCE_SECONDS + 1, False)])
def test_a_lease_that_may_not_be_read_is_somebody_s_until_no_life_is_seen(silent: float, alive: bool) -> None:
    with folder_for_all() as folder:
        folder.chmod(0o777)
        path = folder / "work.0.claim"
        path.write_bytes(json.dumps(asdict(this_process())).encode())  # a living process on this machine
        path.chmod(0o600)
        os.utime(path, (clock(folder) - silent,) * 2)

        def seen() -> str:
            (lease,) = read_leases(folder)
            mine = acquire(folder, "work", run="a run")
            if mine is not None:
                assert (mine.content.attempt, mine.content.deaths) == (1, 0)
                mine.finish()
            return f"{lease.alive} {lease.owner} {lease.content.trials} {mine is not None}"

        assert as_nobody(seen, umask=0o002) == f"{alive} {path.owner() if path.exists() else 'root'} ('work',) {not alive}"
        assert path.exists() == alive


@needs_root
def test_a_dead_lease_that_may_not_be_removed_holds_nobody_up() -> None:
    with folder_for_all() as folder:
        folder.chmod(0o1777)  # where each removes their own
        (folder / "work.0.claim").write_bytes(b"{}")

        def taken() -> str:
            mine = acquire(folder, "work")
            assert mine is not None
            mine.finish()
            return str(sorted(os.listdir(folder)))

        assert as_nobody(taken) == "['work.0.claim']"


def test_files_that_are_no_leases_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.claim", "work.one.claim", ".claim", "work.0.claim~", "work.safetensors"):
        (tmp_path / name).write_text("{}")
    assert owners(tmp_path) == {}
    mine = acquire(tmp_path, "work")
    assert mine is not None and mine.path.name == "work.0.claim"
    mine.finish()
    assert len(list(tmp_path.iterdir())) == 5


def test_no_folder_has_no_leases(tmp_path: Path) -> None:
    assert owners(tmp_path / "absent") == {}


def test_a_lease_needs_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")  # as exFAT says it

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "symlink", refuse)
    first = acquire(tmp_path, "work", run="a run")
    assert first is not None and acquire(tmp_path, "work") is None
    with first:
        pass  # given back
    second = acquire(tmp_path, "work", run="a run")
    assert second is not None and (second.content.attempt, second.content.deaths) == (2, 0)
    second.finish()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("silent", "alive"), [(0.0, True), (SILENCE_SECONDS + 1, False)])
def test_a_lease_whose_owner_has_not_filled_it_yet_is_its_own_until_it_is_old(
    tmp_path: Path, silent: float, alive: bool
) -> None:
    path = tmp_path / "work.0.claim"
    path.touch()
    os.utime(path, (clock(tmp_path) - silent,) * 2)
    assert owners(tmp_path) == {"work": (0, alive)}
    successor = acquire(tmp_path, "work", run="a run")
    assert (successor is None) == alive
    if successor is not None:
        assert (successor.content.attempt, successor.content.deaths) == (1, 0)
        successor.finish()
        assert not list(tmp_path.iterdir())


def test_a_lease_that_cannot_be_written_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_atomically", full)
    with pytest.raises(OSError, match="No space"):
        create(tmp_path / "work.0.claim", b"{}")
    assert not list(tmp_path.iterdir())
