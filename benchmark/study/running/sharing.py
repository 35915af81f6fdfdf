"""Work that any number of processes share: each piece is done under a lease, and taken over from a process that died."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from benchmark.files import refused
from benchmark.study.running.signals import Stopped, StopRequested
from benchmark.study.storage.leases import LeaseContent, LeaseLost, OwnedLease, acquire, read_leases
from benchmark.study.storage.store import Store

MAX_DEATHS = 3
"""So many processes of one run may die of a piece of work, in a row and without a checkpoint, before it is given up: whatever
kills them, a fourth attempt would end the same way."""
POLL_SECONDS = 1.0  # between two looks at what other processes have leased


class Piece(Protocol):
    """A piece of work that one process does at a time."""

    @property
    def name(self) -> str:
        """That of its lease."""

    def content(self) -> dict[str, Any]:
        """What its lease says of it, in fields of ``LeaseContent``."""

    def pending(self) -> bool:
        """Whether it is still to be done, by whomever."""

    def do(self, lease: OwnedLease) -> None:
        """Does it."""

    def give_up(self, content: LeaseContent) -> None:
        """Records that too many processes died of it; ``content`` is that of the last one's lease."""


P = TypeVar("P", bound=Piece)


def share(
    pieces: Iterable[P],
    folder: Path,
    store: Store,
    stop_requested: StopRequested = lambda: False,
    *,
    wait_for_others: bool = True,
    run: str = "",
    job: str | None = None,
    in_order: Callable[[list[P], P | None], Sequence[P]] = lambda left, last: left,
) -> None:
    """Does every piece that no other process has.

    Args:
        folder: of the leases.
        store: whose disk the results go to.
        wait_for_others: whether to wait for the pieces that others have, and take them over should those others die.
        run: names the run that this process belongs to; empty for a run of this process alone.
        job: the cluster's task that this process is; what an earlier start of it leased is free, and comes first.
        in_order: the pieces that are left, best first, given the one done last.

    Raises:
        Stopped: a stop was requested.
        UserError: the disk is full or protected; what is computed is kept.
    """
    begun = {lease.name for lease in read_leases(folder) if job is not None and lease.content.job == job}
    left = {piece.name: piece for piece in sorted(pieces, key=lambda piece: piece.name not in begun)}
    last = next((piece for piece in left.values() if piece.name in begun), None)
    while left:
        progressed = False
        for piece in in_order([*left.values()], last):
            if stop_requested():
                raise Stopped
            if not piece.pending():
                del left[piece.name]
                progressed = True
                continue
            with disk_errors(store):
                lease = acquire(folder, piece.name, run=run, job=job, **piece.content())
            if lease is None:
                continue
            carry_out(piece, lease, store)
            if lease.finished:
                del left[piece.name]
            last, progressed = piece, True
            break
        if not progressed:
            if not wait_for_others:
                return
            time.sleep(POLL_SECONDS)


def carry_out(piece: Piece, lease: OwnedLease, store: Store) -> None:
    """Does a leased piece, or gives it up if too many processes died of it; nothing if the lease is lost on the way."""
    with disk_errors(store), contextlib.suppress(LeaseLost), lease:
        if lease.content.deaths >= MAX_DEATHS:
            # This lease is no attempt: it only records those before it.
            piece.give_up(replace(lease.content, attempt=lease.content.attempt - 1))
        else:
            piece.do(lease)
        lease.finish()


def died_of(content: LeaseContent) -> str:
    """What is said of work that too many processes died of."""
    return f"its process died {content.deaths} times (killed, or out of memory)"


@contextlib.contextmanager
def disk_errors(store: Store) -> Iterator[None]:
    """Turns what a disk refuses into a message for the user."""
    try:
        yield
    except OSError as error:
        if (message := refused(error, store.root)) is None:
            raise
        raise message from error
