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
"""A piece of work is given up after so many processes of one run died at it, in a row and without a checkpoint: another
attempt would end the same way."""
POLL_SECONDS = 1.0  # between two looks at what other processes have leased


class Piece(Protocol):
    """A piece of work that one process does at a time."""

    @property
    def name(self) -> str:
        """The name of its lease."""

    def content(self) -> dict[str, Any]:
        """What its lease says about it, as fields of ``LeaseContent``."""

    def pending(self) -> bool:
        """Whether it is still to be done, by this process or another."""

    def do(self, lease: OwnedLease) -> None:
        """Does the work."""

    def give_up(self, content: LeaseContent) -> None:
        """Records that too many processes died at it; ``content`` is from the last one's lease."""


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
        folder: holds the leases.
        store: errors of its disk become messages.
        wait_for_others: whether to wait for the pieces that others have, and take them over if those others die.
        run: the name of this process's run; empty for a run of this process alone.
        job: the id of this process's task on a cluster; pieces leased by an earlier start of the task are free and come first.
        in_order: sorts the pieces that are left, best first, given the one done last.

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
    """Does a leased piece, or gives it up if too many processes died at it; stops if the lease is lost meanwhile."""
    with disk_errors(store), contextlib.suppress(LeaseLost), lease:
        if lease.content.deaths >= MAX_DEATHS:
            # This lease is not an attempt: it only records earlier ones.
            piece.give_up(replace(lease.content, attempt=lease.content.attempt - 1))
        else:
            piece.do(lease)
        lease.finish()


def died_of(content: LeaseContent) -> str:
    """The reason that is recorded for work at which too many processes died."""
    return f"its process died {content.deaths} times (killed, or out of memory)"


@contextlib.contextmanager
def disk_errors(store: Store) -> Iterator[None]:
    """Turns errors of the disk, such as a full one, into a message for the user."""
    try:
        yield
    except OSError as error:
        if (message := refused(error, store.root)) is None:
            raise
        raise message from error
