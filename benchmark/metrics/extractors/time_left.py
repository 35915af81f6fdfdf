"""Estimates how long a training will take, from its first batches."""

from __future__ import annotations

import time
from collections.abc import Callable

UNMEASURED, MEASURED = 2, 20
"""Batches to skip, since the first ones are slow, and batches to measure before the first estimate."""
WORTH_TELLING = 20.0
"""Seconds: shorter trainings are not reported."""
EVERY = 30.0
"""Seconds between two reports."""


class TimeLeft:
    """Reports the estimated time of a training of ``batches`` batches, then its progress at intervals."""

    def __init__(self, batches: int, report: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.batches, self.report, self.clock = batches, report, clock
        self.done = 0
        self.began = self.told = 0.0

    def batch_done(self) -> None:
        """Counts a batch, and reports the time left if a report is due."""
        self.done += 1
        if self.done == UNMEASURED:
            self.began = self.clock()
        measured = self.done - UNMEASURED
        if measured < MEASURED:
            return
        now = self.clock()
        left = (self.batches - self.done) * (now - self.began) / measured
        if measured == MEASURED and left >= WORTH_TELLING:
            self.told = now
            self.report(f"about {duration(left)} on this machine")
        elif self.told and now - self.told >= EVERY and left > 0:
            self.told = now
            self.report(f"{self.done / self.batches:.0%} done, about {duration(left)} left")


def duration(seconds: float) -> str:
    """A time as text: in minutes, or in seconds if it is below two minutes."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
