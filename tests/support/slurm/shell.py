"""A shell for `ganbench` commands: each is a process of its own, forked from one that has their imports already.

Importing costs seconds, and the tests run dozens of commands.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


class Command:
    """A command at work."""

    def __init__(self, out: Path) -> None:
        self.out, self.code = out, out.with_suffix(".code")

    def wait(self, seconds: float = 300) -> tuple[int, str]:
        """Its exit code and what it printed."""
        end = time.monotonic() + seconds
        while not self.code.exists():
            if time.monotonic() > end:
                raise RuntimeError(f"still at work after {seconds} s:\n{self.out.read_text()}")
            time.sleep(0.05)
        return int(self.code.read_text()), self.out.read_text()


class Shell:
    """Starts commands in a folder `with Shell(folder) as shell`; what they print is kept there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Shell:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, text=True, env=environment)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()  # closes its input and waits

    def start(self, words: list[str], cwd: Path, environment: dict[str, str]) -> Command:
        """The command `ganbench WORDS`."""
        assert self.process.stdin
        out = self.folder / f"{uuid.uuid4().hex}.out"
        request = {"words": words, "cwd": str(cwd), "environment": environment, "out": str(out)}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return Command(out)


def run(words: list[str], cwd: str, environment: dict[str, str], out: str) -> None:
    """Runs the command in this process, which then ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with open(out, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ganbench", *words]
    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    written = Path(out).with_suffix(".tmp")
    written.write_text(str(code))
    written.rename(Path(out).with_suffix(".code"))
    os._exit(0)


if __name__ == "__main__":
    import benchmark.analysis.figures.distribution
    import benchmark.study.running.executors  # noqa: F401
    from benchmark.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended commands leave no zombies
    for line in sys.stdin:
        if os.fork() == 0:
            run(**json.loads(line))
