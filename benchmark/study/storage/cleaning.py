"""Finds and removes files that dead or ended runs leave behind."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmark.columns import ENDED
from benchmark.plugins import UserError
from benchmark.plurals import how_many
from benchmark.study.storage.leases import SILENCE_SECONDS, SUFFIX, clock, read_leases
from benchmark.study.storage.processes import machine_key, process_start
from benchmark.study.storage.store import RETRIED, Store
from benchmark.study.trial import Trial


def leftovers(trials: Sequence[Trial], store: Store) -> list[Path]:
    """Files of the trials that no living worker needs, and from which no trial could continue.

    These are leases and checkpoints of populations whose trials all ended, dead leases on generators that are scored again,
    results put aside as damaged, and logs of killed runs. If no worker is alive, they are also temporary files, and sample
    folders of trials that have neither a result nor a lease.
    """
    ids = {t.id for t in trials}
    homes = {store.home(t) for t in trials}
    folders = [p for home in homes for p in home.glob("*") if p.name in ids and p.is_dir()]
    leases = list(read_leases(store.running))  # read after the folders: a worker makes its lease first
    rescoring = list(read_leases(store.rescoring))
    living = {lease.name for lease in leases if lease.alive}
    leased = {name for lease in leases for name in lease.content.trials}
    ended = store.statuses(trials)
    found: list[Path] = []
    for lease in leases:
        members = set(lease.content.trials)
        if not lease.alive and members & ids and members <= ended.keys():
            found += checkpoint_and_leases(lease.name, store)
    for lease in rescoring:
        if not lease.alive and ids & set(lease.content.trials):
            found += lease_files(lease.name, store.rescoring)
    found += [p for p in store.running.glob("*.safetensors") if p.stem in ended and p.stem not in living]
    for home in homes:
        found += [p for p in home.glob("*.damaged") if p.name.partition(".")[0] in ids]
    working = bool(living) or any(lease.alive for lease in rescoring)
    found += abandoned_logs(store.root / "logs", working)
    if not working:
        found += [
            p for folder in (store.running, store.rescoring, *homes) for p in (*folder.glob(".*.tmp"), *folder.glob("*/.*.tmp"))
        ]
        # A run that continues from a checkpoint needs the samples of the best evaluation before it.
        going_on = leased | ended.keys() | {p.stem for p in store.running.glob("*.safetensors")}
        found += [p for p in folders if p.name not in going_on]
    return [p for p in dict.fromkeys(found) if p.exists()]


def abandoned_logs(folder: Path, working: bool) -> list[Path]:
    """The log folders of dead runs. While any worker is ``working``, folders of other machines' runs are not included."""
    folders = [path for path in folder.glob("*-*-*") if path.is_dir()]
    now = clock(folder) if folders else 0.0
    found = []
    for path in folders:
        where, pid, _ = path.name.rsplit("-", 2)
        if where == machine_key() and pid.isdecimal():
            dead = process_start(int(pid)) is None
        else:
            dead = not working and now - path.stat().st_mtime > SILENCE_SECONDS
        found += [path] if dead else []
    return found


def results_of(trials: Sequence[Trial], store: Store) -> list[Path]:
    """The results, samples, generators, later scores, checkpoints and leases of the trials.

    Raises:
        UserError: a living process trains or scores some of them.
    """
    ids = {t.id for t in trials}
    leases = [lease for lease in read_leases(store.running) if lease.owner or ids & set(lease.content.trials)]
    rescoring = [lease for lease in read_leases(store.rescoring) if ids & set(lease.content.trials)]
    if living := [lease for lease in (*leases, *rescoring) if lease.alive]:
        first = living[0].content
        by = living[0].owner or f"process {first.pid} on {first.host}"
        raise UserError(
            f"{how_many(len(living), 'population')} of these trials being trained or scored, one by {by}.\nStop them first."
        )
    leases = [lease for lease in leases if ids & set(lease.content.trials)]
    paths = [store.result_file(t, s) for t in trials for s in (*ENDED, RETRIED)]
    paths += [store.folder(t) for t in trials] + [store.checkpoint(t.id) for t in trials]
    for lease in leases:
        paths += checkpoint_and_leases(lease.name, store)
    for lease in rescoring:
        paths += lease_files(lease.name, store.rescoring)
    return [p for p in dict.fromkeys(paths) if p.exists()]


def checkpoint_and_leases(population: str, store: Store) -> list[Path]:
    """A population's checkpoint and leases; the leases last, because they tell to which trials the checkpoint belongs."""
    return [store.checkpoint(population), *lease_files(population, store.running)]


def lease_files(name: str, folder: Path) -> list[Path]:
    """All generations of a lease."""
    return sorted(folder.glob(f"{name}.*{SUFFIX}"))


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
