"""Interrupts and requests to terminate: a run that gets one writes its checkpoints before it ends."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

StopRequested = Callable[[], bool]
"""Whether the run was asked to stop."""


class Stopped(Exception):
    """The run was asked to stop; its checkpoints are written."""


def in_main_thread() -> bool:
    """Whether this is the thread in which signals can be handled."""
    return threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequested]:
    """Tells whether an interrupt or a request to terminate has come; a second one interrupts at once."""
    if not in_main_thread():  # no other can handle signals
        yield lambda: False
        return
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {n: signal.getsignal(n) for n in numbers}
    try:
        for n in numbers:
            if before[n] not in (None, signal.SIG_IGN):
                signal.signal(n, note)
        yield lambda: bool(received)
    finally:
        for n, handler in before.items():
            if handler is not None:  # None: a handler that Python did not set
                signal.signal(n, handler)
