"""The faults of the chaos test, planted in every process of a run: this text follows that of the run's own data set.

Every process loads that file, so it is the place for what the test wants to happen inside them: a kill at a chosen operation
on files, a disk that is full. Beside it lie ``order.json``, which the first process to reach its operation takes and carries
out, ``full``, which exists while the disk is full, and ``ends.log``, a line for each result that is recorded.
"""

import errno
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmark.columns import ENDED
from benchmark.study.running import population_run
from benchmark.training import trainer

HERE = Path(__file__).parent
FULL, ORDER, ENDS = HERE / "full", HERE / "order.json", HERE / "ends.log"
unlink = os.unlink


class Operations:
    """Counts what this process does to files, and strikes at the operation that is ordered."""

    count = 0

    @classmethod
    def planted(cls, operation: Callable[..., Any]) -> Callable[..., Any]:
        """The operation of ``os``, with what may happen before and after it."""

        def performed(*arguments: Any, **options: Any) -> Any:
            cls.count += 1
            order = cls.taken_order()
            if order.get("act") == "fill":
                FULL.touch()
            elif order and not order["after"]:
                if operation.__name__ == "fsync":  # the kill comes while the file is being written
                    os.ftruncate(arguments[0], os.fstat(arguments[0]).st_size // 2)
                kill(order)
            if FULL.exists() and operation.__name__ != "unlink":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), None if isinstance(arguments[0], int) else arguments[0])
            try:
                result = operation(*arguments, **options)
                if operation.__name__ == "replace" and os.fspath(arguments[1]).endswith(ENDINGS):
                    with ENDS.open("a") as log:
                        log.write(f"{arguments[1]}\n")
                return result
            finally:
                if order.get("after"):
                    kill(order)

        return performed

    @classmethod
    def taken_order(cls) -> dict[str, Any]:
        """The order, if it is for this operation of this process and nobody was faster."""
        try:
            order: dict[str, Any] = json.loads(ORDER.read_bytes())
        except FileNotFoundError:
            return {}
        is_worker = "SUBMITIT_LOCAL_JOB_ID" in os.environ
        if cls.count < order["operation"] or order["worker"] != is_worker:
            return {}
        try:
            unlink(ORDER)
        except FileNotFoundError:
            return {}
        return order


def kill(order: dict[str, Any]) -> None:
    """Kills this process, or every process of the run."""
    os.kill(os.getpid() if order["act"] == "kill one" else -os.getpgid(0), signal.SIGKILL)


ENDINGS = tuple(f".{status}.json" for status in ENDED)
if os.unlink.__name__ == "unlink":  # this file is loaded more than once
    population_run.CHECKPOINT_SECONDS = 0.0
    trainer.CHUNK = 4  # steps between two checkpoints
    for name in ("fsync", "replace", "link", "unlink"):
        setattr(os, name, Operations.planted(getattr(os, name)))
