"""What dead or ended runs leave behind."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmark.columns import ENDED
from benchmark.plugins import UserError
from benchmark.plurals import how_many
from benchmark.study.storage.claims import SILENCE_SECONDS, SUFFIX, clock, read_claims
from benchmark.study.storage.processes import machine_key, process_start
from benchmark.study.storage.store import RETRIED, Store
from benchmark.study.trial import Trial


def leftovers(trials: Sequence[Trial], store: Store) -> list[Path]:
    """Files of the trials that nothing needs any more: no living worker, no trial that could go on from them.

    Claims and checkpoints of populations whose trials all ended, dead claims on generators that are scored again, results
    put aside as damaged, logs of killed runs; and while no worker lives, temporary files, and folders of samples of trials
    that have neither a result nor a claim.
    """
    ids = {t.id for t in trials}
    homes = {store.home(t) for t in trials}
    folders = [p for home in homes for p in home.glob("*") if p.name in ids and p.is_dir()]
    claims = list(read_claims(store.running))  # after the folders: whoever makes one has a claim already
    rescoring = list(read_claims(store.rescoring))
    living = {claim.name for claim in claims if claim.alive}
    claimed = {name for claim in claims for name in claim.content.trials}
    ended = store.statuses(trials)
    found: list[Path] = []
    for claim in claims:
        members = set(claim.content.trials)
        if not claim.alive and members & ids and members <= ended.keys():
            found += checkpoint_and_claims(claim.name, store)
    for claim in rescoring:
        if not claim.alive and ids & set(claim.content.trials):
            found += claim_files(claim.name, store.rescoring)
    found += [p for p in store.running.glob("*.safetensors") if p.stem in ended and p.stem not in living]
    for home in homes:
        found += [p for p in home.glob("*.damaged") if p.name.partition(".")[0] in ids]
    working = bool(living) or any(claim.alive for claim in rescoring)
    found += abandoned_logs(store.root / "logs", working)
    if not working:
        found += [
            p for folder in (store.running, store.rescoring, *homes) for p in (*folder.glob(".*.tmp"), *folder.glob("*/.*.tmp"))
        ]
        # A checkpoint goes on from the samples of the best evaluation before it.
        going_on = claimed | ended.keys() | {p.stem for p in store.running.glob("*.safetensors")}
        found += [p for p in folders if p.name not in going_on]
    return [p for p in dict.fromkeys(found) if p.exists()]


def abandoned_logs(folder: Path, working: bool) -> list[Path]:
    """The folders of logs of runs that are no more; one on another machine may be the run whose workers are ``working``."""
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
    """The results, samples, generators and later scores of the trials, and what they would go on from.

    Raises:
        UserError: a living process trains or scores some of them.
    """
    ids = {t.id for t in trials}
    claims = [claim for claim in read_claims(store.running) if claim.owner or ids & set(claim.content.trials)]
    rescoring = [claim for claim in read_claims(store.rescoring) if ids & set(claim.content.trials)]
    if living := [claim for claim in (*claims, *rescoring) if claim.alive]:
        first = living[0].content
        by = living[0].owner or f"process {first.pid} on {first.host}"
        raise UserError(
            f"{how_many(len(living), 'population')} of these trials in training or scoring, one by {by}.\nStop them first."
        )
    claims = [claim for claim in claims if ids & set(claim.content.trials)]
    paths = [store.result_file(t, s) for t in trials for s in (*ENDED, RETRIED)]
    paths += [store.folder(t) for t in trials] + [store.checkpoint(t.id) for t in trials]
    for claim in claims:
        paths += checkpoint_and_claims(claim.name, store)
    for claim in rescoring:
        paths += claim_files(claim.name, store.rescoring)
    return [p for p in dict.fromkeys(paths) if p.exists()]


def checkpoint_and_claims(population: str, store: Store) -> list[Path]:
    """A population's files in the folder of what runs; the claims last, since they tell what the checkpoint is of."""
    return [store.checkpoint(population), *claim_files(population, store.running)]


def claim_files(name: str, folder: Path) -> list[Path]:
    """All generations of a claim."""
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
