"""Claims: how processes, on one machine or on many that share a disk, agree on who works on what.

A claim is a file. Who creates it owns the work; the file tells others how far it is. An owner that died, killed or with
its machine, is succeeded: the next generation of the claim is created beside the dead one, and creation is atomic, so two
successors cannot both win. A claim is removed only when its work needs no more claiming.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmark.files import write_atomically

BEAT = 15.0  # seconds between two signs of life
DEAD = 180.0  # seconds of silence after which an owner on another machine is taken for dead
SUFFIX = ".claim"
NAME = re.compile(r".+\.[0-9]+\.claim")


class Deposed(Exception):
    """The claim has a successor: its owner was silent for so long that it was taken for dead."""


@dataclass(frozen=True)
class Held:
    """A claim as others see it.

    Attributes:
        name: what is claimed.
        alive: whether its owner is at work.
        content: what the owner said last.
    """

    name: str
    generation: int
    alive: bool
    content: dict[str, Any] = field(default_factory=dict)


@cache
def machine() -> str:
    """Names this machine since its last start, and the space in which its process numbers hold."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):  # not Linux
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), os.readlink("/proc/self/ns/pid")]
    return " ".join(parts)


def process_start(pid: int) -> str | None:
    """When the process started, in the kernel's own count; None if there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]  # a zombie works no more
    except OSError:
        pass
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "unknown"


def me() -> dict[str, Any]:
    """This process, so that others can tell whether it lives."""
    return {"machine": machine(), "host": platform.node(), "pid": os.getpid(), "started": process_start(os.getpid())}


class Claim:
    """A claim that this process owns; use it in a ``with`` block, which gives the work back if it is left unfinished."""

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self.path, self.content = path, content
        self.finished = False
        self.lock = threading.Lock()
        self.ended = threading.Event()
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self) -> None:
        """Shows life while the work itself is too busy to."""
        while not self.ended.wait(BEAT):
            try:
                os.utime(self.path)
            except OSError:  # a disk that is away for a moment
                continue

    def tell(self, **content: Any) -> None:
        """Adds to what others see.

        Raises:
            Deposed: someone else has taken over.
        """
        name, generation = parse(self.path)
        if successor(self.path.parent, name, generation).exists() or not self.path.exists():
            raise Deposed(f"{name} was taken over by another process")
        self.content |= content
        with self.lock:
            write_atomically(self.path, json.dumps(self.content).encode(), durable=False)

    def finish(self) -> None:
        """The work is done: the claim and its dead forerunners go."""
        self.finished = True
        self.ended.set()
        name, generation = parse(self.path)
        for g in range(generation, -1, -1):
            (self.path.parent / f"{name}.{g}{SUFFIX}").unlink(missing_ok=True)

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.ended.set()
        if not self.finished and kind is not Deposed:
            self.content |= {"pid": None}  # given back
            try:
                write_atomically(self.path, json.dumps(self.content).encode(), durable=False)
            except OSError:
                if error is None:
                    raise


def claim(folder: Path, name: str, *, job: str | None = None, **content: Any) -> Claim | None:
    """Claims the work called ``name``; None if a living owner has it, or another process was faster.

    After it succeeds, look whether the work was finished in the meantime. The claim counts the attempts at the work, and
    how many of them ended with the death of their process.

    Args:
        job: a cluster's task that never runs twice at once: what an earlier run of it claimed is free.
    """
    held = {h.name: h for h in claims(folder, only=name)}.get(name)
    if held is not None and held.alive and (job is None or held.content.get("job") != job):
        return None
    before = {} if held is None else held.content
    generation = 0 if held is None else held.generation + 1
    died = held is not None and before.get("pid") is not None
    counts = {"attempt": int(before.get("attempt", 0)) + 1, "deaths": int(before.get("deaths", 0)) + died}
    content = {**me(), "job": job, **counts, **content}
    path = folder / f"{name}.{generation}{SUFFIX}"
    return Claim(path, content) if create(path, json.dumps(content).encode()) else None


def create(path: Path, content: bytes) -> bool:
    """Creates the file with its whole content at once; False if it was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        os.link(temporary, path)  # atomic on network disks too
        return True
    except FileExistsError:
        # A network disk that lost its answer repeats the request, and finds the link that the first one made.
        return temporary.stat().st_nlink == 2
    finally:
        temporary.unlink(missing_ok=True)


def claims(folder: Path, only: str | None = None) -> Iterator[Held]:
    """The claims in the folder, of each the latest generation."""
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
            content, touched = json.loads(path.read_bytes()), path.stat().st_mtime
        except FileNotFoundError:
            continue  # finished just now
        except ValueError:
            content = None
        if not isinstance(content, dict):
            content, touched = {}, 0.0  # a disk that lost it: nobody can own it
        if content.get("machine") == machine():
            alive = content.get("pid") is not None and process_start(content["pid"]) == content.get("started")
        else:
            now = now if now is not None else clock(folder)
            alive = content.get("pid") is not None and now - touched < DEAD
        yield Held(name, generation, alive, content)


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
    """What a claim's file name says: what is claimed, and the generation."""
    name, _, generation = path.name.removesuffix(SUFFIX).rpartition(".")
    return name, int(generation)


def successor(folder: Path, name: str, generation: int) -> Path:
    """The claim that would depose this one."""
    return folder / f"{name}.{generation + 1}{SUFFIX}"
