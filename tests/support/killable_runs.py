"""Runs of ``ganbench`` that can be killed soon after their start: what the chaos test drives.

A life is one run of the command, in a process group of its own. Most are forked from a process that has loaded torch, which
spares seconds each; ``cold`` ones start as a user's would. Either is the whole command, from its arguments to its exit code.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmark.study.storage.leases import read_leases

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(
    ["benchmark.cli", "benchmark.cli.progress", "benchmark.study.running.executors", "matplotlib.pyplot"]
)
PATIENCE = 300.0  # seconds after which something hangs


def command(arguments: Sequence[str], log: Path) -> None:
    """What a forked process does: it becomes ``ganbench`` with these arguments."""
    os.setsid()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    from benchmark.cli import app

    app(list(arguments))


class Life:
    """A run of ``ganbench`` from its start to its end, whoever brings that about."""

    def __init__(self, arguments: Sequence[str], log: Path, *, cold: bool = False) -> None:
        self.log = log
        self.process: multiprocessing.process.BaseProcess | subprocess.Popen[bytes]
        if cold:
            with log.open("wb") as file:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "benchmark", *arguments], stdout=file, stderr=file, start_new_session=True
                )
        else:
            self.process = WARM.Process(target=command, args=(list(arguments), log))
            self.process.start()
        assert self.process.pid is not None
        self.pid: int = self.process.pid
        while group_of(self.pid) not in (self.pid, None):
            time.sleep(0.005)

    def end(self) -> int:
        """The exit code, once it is there; negative for the signal that killed it."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.wait(PATIENCE)
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, f"it hangs: {self.said()}"
        return self.process.exitcode

    @property
    def over(self) -> bool:
        return (self.process.poll() if isinstance(self.process, subprocess.Popen) else self.process.exitcode) is not None

    def kill(self) -> None:
        """Kills the process that was started, and none of its workers."""
        os.kill(self.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kills every process of the run."""
        os.killpg(self.pid, signal.SIGKILL)

    def workers(self, running: Path) -> list[int]:
        """The processes of this run that have leased work."""
        pids = [lease.content.pid for lease in read_leases(running) if lease.alive]
        return [pid for pid in pids if pid is not None and pid != self.pid and group_of(pid) == self.pid]

    def wait_for_workers(self, running: Path, count: int = 1) -> list[int]:
        """The processes that have leased work, once there are so many."""
        deadline = time.monotonic() + PATIENCE
        while len(pids := self.workers(running)) < count:
            assert not self.over and time.monotonic() < deadline, self.said()
            time.sleep(0.02)
        return pids

    def said(self) -> str:
        return self.log.read_text()


def group_of(pid: int) -> int | None:
    """The process group of a process; None if it is gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def order(path: Path, operation: int, act: str, *, after: bool = False, worker: bool = False) -> None:
    """Orders what the next process is to do at that operation on files: ``kill all``, ``kill one`` or ``fill`` the disk."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps({"operation": operation, "act": act, "after": after, "worker": worker}))
    os.replace(temporary, path)
