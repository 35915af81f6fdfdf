"""What dead or ended runs leave behind."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmark.study.claims import SUFFIX, claims
from benchmark.study.store import STATUSES, Store
from benchmark.study.trial import Trial


def leftovers(trials: Sequence[Trial], store: Store) -> list[Path]:
    """Files of the trials that nothing needs any more: no living worker, no trial that could go on from them.

    Claims and checkpoints of groups whose trials all ended, temporary files beside results, results put aside as damaged,
    folders of samples of trials that have no result and no claim.
    """
    ids = {t.id for t in trials}
    ended = store.statuses(trials)
    found: list[Path] = []
    living = set()
    for held in claims(store.running):
        members = set(held.content.get("trials", ()))
        if held.alive:
            living |= {held.name}
        elif members & ids and members <= ended.keys():
            found += checkpoint_and_claims(held.name, store)
    found += [p for p in store.running.glob("*.safetensors") if p.stem in ended and p.stem not in living and p not in found]
    if not living:
        found += store.running.glob(".*.tmp")
    for home in {store.home(t) for t in trials}:
        found += [p for p in home.glob("*.damaged") if p.name.partition(".")[0] in ids]
        if not living:
            found += home.glob(".*.tmp")
            found += home.glob("*/.*.tmp")
    return found


def results_of(trials: Sequence[Trial], store: Store) -> list[Path]:
    """The results, checkpoints, samples and generators of the trials."""
    ids = {t.id for t in trials}
    paths = [store.result_file(t, s) for t in trials for s in STATUSES]
    paths += [store.folder(t) for t in trials] + [store.checkpoint(t.id) for t in trials]
    for held in claims(store.running):
        if not held.alive and ids & set(held.content.get("trials", ())):
            paths += checkpoint_and_claims(held.name, store)
    return [p for p in dict.fromkeys(paths) if p.exists()]


def checkpoint_and_claims(group: str, store: Store) -> list[Path]:
    """A group's files in the folder of what runs; the claims last, since they tell what the checkpoint is of."""
    return [p for p in [store.checkpoint(group)] if p.exists()] + sorted(store.running.glob(f"{group}.*{SUFFIX}"))


def remove(paths: Sequence[Path]) -> int:
    """Removes files and folders; returns how many bytes they held."""
    total = 0
    for path in paths:
        try:
            total += sum(p.stat().st_size for p in path.rglob("*")) if path.is_dir() else path.stat().st_size
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except FileNotFoundError:
            continue
    return total
