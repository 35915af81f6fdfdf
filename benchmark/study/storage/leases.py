"""Leases: how processes, on one machine or on many that share a disk, agree on who works on what.

A lease is a file. The process that creates it owns the work; the file shows its progress to others. When an owner has died,
another process takes over: it creates the next generation of the lease next to the dead one. Creation is atomic, so two
processes cannot both win. A lease is removed only when its work is done.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from benchmark.files import NotAFile, read_plain, write_atomically
from benchmark.files.sharing import owner
from benchmark.study.storage.processes import machine_name, process_start, this_process

HEARTBEAT_SECONDS = 15.0
SILENCE_SECONDS = 180.0  # after this time without a sign of life, an owner on another machine counts as dead
SUFFIX = ".claim"  # an older name, kept because workers of several versions may share a folder
NAME = re.compile(r".+\.[0-9]+\.claim")


class LeaseLost(Exception):
    """Another process has taken over the work, because this one was silent for so long that it counted as dead."""


@dataclass(frozen=True, kw_only=True)
class LeaseContent:
    """The content of a lease's file.

    Attributes:
        machine, host, pid, started: its owner, see ``Process``; ``pid`` is None once the work was given back.
        run: the name of the owner's run; a later run has another name.
        job: the id of the owner's task on a cluster, if it is one.
        attempt: how often the work was started, this time included.
        deaths: how many attempts in a row ended with the death of a process of this run, without a checkpoint in between.
        trials: the ids of the leased trials.
        title, steps, structure: those of the trials' population.
        step, rate, losses: the steps done, the trials' steps per second, and the losses in the latest step.
        note: a message of the owner to readers of the log.
    """

    machine: str = ""
    host: str = ""
    pid: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    started: str | None = None
    run: str = ""
    job: str | None = None
    attempt: int = 0
    deaths: int = 0
    trials: tuple[str, ...] = ()
    title: str = ""
    steps: int = 0
    structure: str = ""
    step: int = 0
    rate: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @classmethod
    def read(cls, text: bytes) -> LeaseContent:
        """The content of a lease's file; an empty content without an owner if the file is damaged."""
        try:
            return CONTENT.validate_json(text, strict=True)
        except ValueError:
            return cls()

    def written(self) -> bytes:
        """The content as bytes for the file."""
        return json.dumps(asdict(self)).encode()


CONTENT = TypeAdapter(LeaseContent)


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A lease as any process sees it.

    Attributes:
        name: what is leased.
        alive: whether its owner is at work.
        content: what the owner wrote last.
        ahead: seconds by which the owner's clock is ahead of the disk's, if they are more than ``SILENCE_SECONDS``; else 0.
        owner: the owning user, if this user may not read the lease, whose content is then unknown; else empty.
    """

    name: str
    generation: int
    alive: bool
    content: LeaseContent
    ahead: float = 0.0
    owner: str = ""

    @property
    def died(self) -> bool:
        """Whether the owner died; one that gave the work back did not."""
        return not self.alive and self.content.pid is not None


class OwnedLease:
    """A lease of this process. Use it in a ``with`` block, which gives unfinished work back."""

    def __init__(self, path: Path, content: LeaseContent) -> None:
        self.path, self.content = path, content
        self.finished = False
        self.lock = threading.Lock()
        self.ended = threading.Event()
        threading.Thread(target=self.show_life, daemon=True).start()

    def show_life(self) -> None:
        """Touches the file regularly, also while the work writes nothing."""
        while not self.ended.wait(HEARTBEAT_SECONDS):
            try:
                os.utime(self.path)
            except OSError:  # the disk may be missing for a moment
                continue

    def update(self, **changes: Any) -> None:
        """Changes fields of the content, for others to see.

        Raises:
            LeaseLost: another process has taken over.
        """
        name, generation = parse(self.path)
        if next_generation(self.path.parent, name, generation).exists() or not self.path.exists():
            raise LeaseLost(f"{name} was taken over by another process")
        self.content = replace(self.content, **changes)
        self.write()

    def write(self) -> None:
        with self.lock:
            write_atomically(self.path, self.content.written(), durable=False)

    def finish(self) -> None:
        """Call it when the work is done: removes the lease and its dead earlier generations."""
        self.finished = True
        self.ended.set()
        name, generation = parse(self.path)
        self.path.unlink(missing_ok=True)
        for g in range(generation - 1, -1, -1):
            with suppress(PermissionError, IsADirectoryError):  # another user's, where users may only remove their own files
                (self.path.parent / f"{name}.{g}{SUFFIX}").unlink(missing_ok=True)

    def __enter__(self) -> OwnedLease:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.ended.set()
        if not self.finished and kind is not LeaseLost:
            self.content = replace(self.content, pid=None)
            try:
                self.write()
            except OSError:
                if error is None:
                    raise


def acquire(folder: Path, name: str, *, run: str = "", job: str | None = None, **content: Any) -> OwnedLease | None:
    """Leases the work called ``name``; None if a living owner has it, or another process was faster.

    The caller must then check whether the work was finished in the meantime. The lease counts the attempts at the work, and
    how many of this run's attempts in a row ended with the death of their process.

    Args:
        run: the name of the caller's run; empty for a run of this process alone.
        job: the id of a cluster's task, which never runs twice at once; work that an earlier start of it leased is free.
        content: further fields of ``LeaseContent``.
    """
    process = this_process()
    run = run or f"{process.machine} {process.pid} {process.started}"
    earlier = next(read_leases(folder, only=name), None)
    if earlier is not None and earlier.alive and (job is None or earlier.content.job != job):
        return None
    before = LeaseContent() if earlier is None else earlier.content
    died = before.pid is not None
    leased = LeaseContent(
        **asdict(process),
        run=run,
        job=job,
        attempt=before.attempt + 1,
        deaths=before.deaths + died if before.run == run else 0,
        **content,
    )
    path = folder / f"{name}.{0 if earlier is None else earlier.generation + 1}{SUFFIX}"
    return OwnedLease(path, leased) if create(path, leased.written()) else None


def release(folder: Path, lease: Lease) -> bool:
    """Frees the work of a process that is known to be dead, and counts its death; False if another process was faster."""
    content = replace(lease.content, pid=None, deaths=lease.content.deaths + 1)
    return create(next_generation(folder, lease.name, lease.generation), content.written())


def create(path: Path, content: bytes) -> bool:
    """Creates the file; False if it exists already.

    Not every disk has hard links (SMB, exFAT, mounted cloud drives), so the file is created empty, which only the first
    process can do, and filled by a rename. An owner that dies in between leaves an empty file, which is dead once it is old.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    try:
        write_atomically(path, content, durable=False)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def read_leases(folder: Path, only: str | None = None) -> Iterator[Lease]:
    """The latest generation of each lease in the folder; only of the name ``only``, if it is given."""
    latest: dict[str, int] = {}
    try:
        entries = [e.name for e in os.scandir(folder) if NAME.fullmatch(e.name)]
    except FileNotFoundError:
        return
    for entry in entries:
        name, generation = parse(Path(entry))
        if only in (None, name):
            latest[name] = max(generation, latest.get(name, -1))
    now: float | None = None
    for name, generation in latest.items():
        path = folder / f"{name}.{generation}{SUFFIX}"
        try:
            touched = path.lstat().st_mtime
            text, whose = read_lease(path)
        except FileNotFoundError:
            continue  # finished just now
        content, ahead = LeaseContent(trials=(name,)) if whose else LeaseContent.read(text), 0.0
        if text and content.pid is None:
            alive = False
        elif content.machine == machine_name():
            alive = content.pid is not None and process_start(content.pid) == content.started
        else:
            now = now if now is not None else clock(folder)
            ahead = touched - now if touched - now > SILENCE_SECONDS else 0.0
            alive = (unchanged_seconds(path, touched) if ahead else now - touched) < SILENCE_SECONDS
        yield Lease(name=name, generation=generation, alive=alive, content=content, ahead=ahead, owner=whose)


def read_lease(path: Path) -> tuple[bytes, str]:
    """The content of a lease's file, and "" as owner; if this user may not read it, no content and the owner's name.

    A link, a folder or a pipe of that name counts as a damaged lease.

    Raises:
        FileNotFoundError: the file was removed.
    """
    try:
        return (b"a link" if path.is_symlink() else read_plain(path)), ""
    except PermissionError:
        return b"", owner(path)
    except (NotAFile, IsADirectoryError):
        return b"no file", ""


SEEN: dict[Path, tuple[float, float]] = {}  # the date of each file, and when this process first saw that date


def unchanged_seconds(path: Path, touched: float) -> float:
    """For how many seconds this process has seen the file with this date, for dates that cannot be compared with a clock."""
    now = time.monotonic()
    dated, since = SEEN.get(path, (touched, now))
    SEEN[path] = (touched, since if dated == touched else now)
    return now - SEEN[path][1]


def clock(folder: Path) -> float:
    """The time by the clock that dates files in the folder; another machine's may differ."""
    probe = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        probe.unlink(missing_ok=True)


def parse(path: Path) -> tuple[str, int]:
    """The lease's name and generation, from its file's name."""
    name, _, generation = path.name.removesuffix(SUFFIX).rpartition(".")
    return name, int(generation)


def lease_file(folder: Path, lease: Lease) -> Path:
    """The lease's file."""
    return folder / f"{lease.name}.{lease.generation}{SUFFIX}"


def next_generation(folder: Path, name: str, generation: int) -> Path:
    """The file of the lease that would take over from this one."""
    return folder / f"{name}.{generation + 1}{SUFFIX}"
