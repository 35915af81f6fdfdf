"""Leases: how processes, on one machine or on many that share a disk, agree on who works on what.

A lease is a file. Who creates it owns the work; the file tells others how far it is. When an owner has died, killed or with
its machine, another process takes over: it creates the next generation of the lease beside the dead one. Creation is atomic,
so two processes cannot both win. A lease is removed only when its work needs no more leasing.
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
SILENCE_SECONDS = 180.0  # after which an owner on another machine is taken for dead
SUFFIX = ".claim"  # the older word: workers of several versions may share a folder
NAME = re.compile(r".+\.[0-9]+\.claim")


class LeaseLost(Exception):
    """Another process has taken the work over: this one was silent for so long that it was taken for dead."""


@dataclass(frozen=True, kw_only=True)
class LeaseContent:
    """What the file of a lease says.

    Attributes:
        machine, host, pid, started: its owner, see ``Process``; ``pid`` is None once the work was given back.
        run: names the run that the owner belongs to; runs that follow each other have different names.
        job: the cluster's task that the owner is, if it is one.
        attempt: how often the work was started, this time included.
        deaths: how many attempts in a row ended with the death of a process of this run, without a checkpoint in between.
        trials: the ids of the trials that are leased.
        title, steps, structure: of the population that the trials are.
        step, rate, losses: the steps done, the trials' steps per second, and the losses in the latest step.
        note: what the owner wants a reader of the log to know.
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
        """The content of a lease's file; an empty one, which nobody can own, if the file is damaged."""
        try:
            return CONTENT.validate_json(text, strict=True)
        except ValueError:
            return cls()

    def written(self) -> bytes:
        """The content as it stands in the file."""
        return json.dumps(asdict(self)).encode()


CONTENT = TypeAdapter(LeaseContent)


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A lease as any process sees it.

    Attributes:
        name: what is leased.
        alive: whether its owner is at work.
        content: what the owner wrote last.
        ahead: seconds by which the clock that dated the file is ahead of the disk's, if that is longer than silence may last.
        owner: whose lease it is, where this user may not read it: of the trial of its name, or of several trials. Else empty.
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
    """A lease of this process; use it in a ``with`` block, which gives the work back if it is left unfinished."""

    def __init__(self, path: Path, content: LeaseContent) -> None:
        self.path, self.content = path, content
        self.finished = False
        self.lock = threading.Lock()
        self.ended = threading.Event()
        threading.Thread(target=self.show_life, daemon=True).start()

    def show_life(self) -> None:
        """Touches the file while the work itself is too busy to."""
        while not self.ended.wait(HEARTBEAT_SECONDS):
            try:
                os.utime(self.path)
            except OSError:  # a disk that is away for a moment
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
        """The work is done: the lease and its dead forerunners go."""
        self.finished = True
        self.ended.set()
        name, generation = parse(self.path)
        self.path.unlink(missing_ok=True)
        for g in range(generation - 1, -1, -1):
            with suppress(PermissionError, IsADirectoryError):  # another user's, dead, in a folder where each removes their own
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

    After it succeeds, look whether the work was finished in the meantime. The lease counts the attempts at the work, and how
    many of this run's in a row ended with the death of their process.

    Args:
        run: names the run that asks; empty for a run of this process alone.
        job: a cluster's task that never runs twice at once: what an earlier start of it leased is free.
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
    """Frees what a process held that is known to be dead, and counts its death; False if another was faster."""
    content = replace(lease.content, pid=None, deaths=lease.content.deaths + 1)
    return create(next_generation(folder, lease.name, lease.generation), content.written())


def create(path: Path, content: bytes) -> bool:
    """Creates the file; False if it was there.

    Not every disk knows hard links (SMB, exFAT, mounted cloud drives), so the file is created empty, by whoever is first, and
    filled by a rename. An owner that dies in between leaves an empty file, which is dead once it is old.
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
    """The leases in the folder, of each the latest generation; of one name alone, if ``only`` gives it."""
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
    """What the file of a lease holds, and who owns it if this user may not read it: then it holds nothing yet, to us.

    A link, a folder or a pipe of that name is a damaged lease.

    Raises:
        FileNotFoundError: it is gone.
    """
    try:
        return (b"a link" if path.is_symlink() else read_plain(path)), ""
    except PermissionError:
        return b"", owner(path)
    except (NotAFile, IsADirectoryError):
        return b"no file", ""


SEEN: dict[Path, tuple[float, float]] = {}  # when a file was dated, and when this process first saw that


def unchanged_seconds(path: Path, touched: float) -> float:
    """For how long this process has seen the file with this date: what is left where a date cannot be compared with a clock."""
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
    """What a lease's file name says: what is leased, and the generation."""
    name, _, generation = path.name.removesuffix(SUFFIX).rpartition(".")
    return name, int(generation)


def lease_file(folder: Path, lease: Lease) -> Path:
    """Where the lease lies."""
    return folder / f"{lease.name}.{lease.generation}{SUFFIX}"


def next_generation(folder: Path, name: str, generation: int) -> Path:
    """The file of the lease that would take over from this one."""
    return folder / f"{name}.{generation + 1}{SUFFIX}"
