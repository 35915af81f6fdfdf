"""Which results were found whole by an earlier command: reading ten thousand again would take longer than all else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmark.files import keep_for_later
from benchmark.study.storage.store import HasFiles, Store, read_json


@contextmanager
def remembered(store: Store, trials: Iterable[HasFiles]) -> Iterator[None]:
    """Inside, the store takes results of the trials for whole that were so at the last time and have not changed since.

    What a run or a table rests on is read itself: this is for those who only look at how trials stand.
    """
    memories = {store.home(trial): memory(store, trial) for trial in trials}
    for path in memories.values():
        with suppress(OSError, ValueError, TypeError, AttributeError):  # another user's, or damaged
            store.whole |= {str(name): (int(date), int(size)) for name, (date, size) in read_json(path).items()}
    known = len(store.whole)
    yield
    if len(store.whole) > known:
        for home, path in memories.items():
            names = {entry.name for entry in home.glob("*.json")}
            keep_for_later(path, json.dumps({n: v for n, v in store.whole.items() if n in names}).encode())


def memory(store: Store, trial: HasFiles) -> Path:
    """The file that says which results beside the trial's were whole."""
    return store.root / "plans" / "whole" / trial.loss / f"{trial.dataset}.json"
