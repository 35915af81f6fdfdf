"""Tells how long a training takes, from its first batches on."""

from __future__ import annotations

import time
from collections.abc import Callable

UNMEASURED, MEASURED = 2, 20
"""Batches before time is taken, since the first ones are slow, and those by which it is measured."""
WORTH_TELLING = 20.0
"""Seconds: of what is over sooner nothing is said."""
EVERY = 30.0
"""Seconds between two lines."""


class TimeLeft:
    """Reports the time that a training of so many batches takes once some are done, and then how it gets on."""

    def __init__(self, batches: int, report: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.batches, self.report, self.clock = batches, report, clock
        self.done = 0
        self.began = self.told = 0.0

    def batch_done(self) -> None:
        """Counts a batch, and says how long the others will take if it is time to."""
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
    """A time in minutes, in seconds below two of them."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
