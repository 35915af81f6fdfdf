"""Remembers which results an earlier command found undamaged: reading thousands again would take most of a command's time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmark.files import keep_for_later
from benchmark.study.storage.store import HasFiles, Store, read_json


@contextmanager
def remembered(store: Store, trials: Iterable[HasFiles]) -> Iterator[None]:
    """A context in which the store does not read results again that were undamaged at the last time and have not changed.

    It is meant for the display of progress only. Runs and tables read every result.
    """
    memories = {store.home(trial): memory(store, trial) for trial in trials}
    for path in memories.values():
        with suppress(OSError, ValueError, TypeError, AttributeError):  # another user's file, or a damaged one
            store.whole |= {str(name): (int(date), int(size)) for name, (date, size) in read_json(path).items()}
    known = len(store.whole)
    yield
    if len(store.whole) > known:
        for home, path in memories.items():
            names = {entry.name for entry in home.glob("*.json")}
            keep_for_later(path, json.dumps({n: v for n, v in store.whole.items() if n in names}).encode())


def memory(store: Store, trial: HasFiles) -> Path:
    """The file that lists undamaged results of the trial's loss and data set."""
    return store.root / "plans" / "whole" / trial.loss / f"{trial.dataset}.json"
