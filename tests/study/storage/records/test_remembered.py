"""What was found whole is not read again by who only looks, and what changed since is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support.tiny_study import finished, result, trials

from benchmark.study.storage import store as module
from benchmark.study.storage.records.remembered import memory, remembered
from benchmark.study.storage.store import Store, read_json


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The results that are read, by their names."""
    names: list[str] = []

    def read(path: Path) -> object:
        names.append(path.name)
        return read_json(path)

    monkeypatch.setattr(module, "read_json", read)
    return names


def look(store: Store) -> dict[str, str]:
    """How the trials stand, as another command would see it."""
    again = Store(store.root)
    with remembered(again, trials(30)):
        return again.statuses(trials(30))


def test_a_result_is_read_again_only_when_it_changed(store: Store, reads: list[str]) -> None:
    planned = trials(30)
    finished(planned[:29], store, lambda t: result())
    first = look(store)
    assert len(first) == len(reads) == 29
    assert look(store) == first and len(reads) == 29
    changed = store.result_file(planned[0], "ok")
    changed.write_text(changed.read_text() + "x")
    finished(planned[29:], store, lambda t: result())
    after = look(store)
    assert after.keys() == {t.id for t in planned[1:]}
    assert sorted(reads[29:]) == sorted([changed.name, store.result_file(planned[29], "ok").name])


def test_what_decides_what_is_trained_remembers_nothing_of_other_commands(store: Store) -> None:
    planned = trials(30)
    finished(planned, store, lambda t: result())
    assert len(look(store)) == 30
    path = store.result_file(planned[0], "ok")
    dated = path.stat()
    path.write_bytes(b" " * dated.st_size)
    os.utime(path, ns=(dated.st_atime_ns, dated.st_mtime_ns))  # as a disk loses bytes
    assert Store(store.root).pending(planned) == planned[:1]


@pytest.mark.parametrize("content", ["", "[]", "null", '{"x": 3}', '{"x": ["a", "b"]}', "[" * 100_000])
def test_a_damaged_memory_is_none(store: Store, content: str) -> None:
    finished(trials(2), store, lambda t: result())
    path = memory(store, trials(1)[0])
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert len(look(store)) == 2
    assert len(json.loads(path.read_text())) == 2
