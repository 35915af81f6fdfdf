"""Starts programs on request and, when its input ends, kills them, all their descendants, and removes their folder.

A process of its own: its input ends however its starter died (SIGKILL included). Linux hands it every descendant that
lost its parent, so it knows its own by descent and can't end anything else.
Usage: keeper.py FOLDER; a line of input is a JSON list, log file and arguments; the answer is the process id.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def reap(*_: object) -> None:
    """Collects every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(ancestor: int) -> list[int]:
    """Process ids of the children of `ancestor`, of their children, and so on."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found = list(children.get(ancestor, []))
    for pid in found:  # grows while it is walked
        found += children.get(pid, [])
    return found


def kill_descendants() -> None:
    """Returns when none is left: what a dying parent leaves behind is found in the next round."""
    while pids := descendants(os.getpid()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        reap()


def serve() -> None:
    """Starts one program for each line of input, each in a session of its own."""
    for line in sys.stdin:
        log, *argv = json.loads(line)
        with open(log, "ab") as output:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        process.returncode = 0  # reap() collects it, not Popen
        print(process.pid, flush=True)


if __name__ == "__main__":
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        serve()
    finally:
        kill_descendants()
        shutil.rmtree(sys.argv[1], ignore_errors=True)
