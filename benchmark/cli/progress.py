"""The live display of a run under any executor: it reads what the workers write to the results folder."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from benchmark.cli.app import console
from benchmark.columns import ENDED
from benchmark.evaluations import best_score
from benchmark.plurals import how_many
from benchmark.study.storage.leases import SILENCE_SECONDS, Lease
from benchmark.study.storage.status import StudyStatus, planned_trial, study_status
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names
from benchmark.study.trial import Trial

if TYPE_CHECKING:  # planning loads torch
    from benchmark.study.planning.plan import Plan

LINE_SECONDS = 15.0
LOOK_SECONDS = 0.5
PACE_SECONDS = 300.0  # the pace is measured over this time, long enough for several evaluations
LEAST_SECONDS = 10.0  # over a shorter time no pace is shown


def live_display(plan: Plan, store: Store) -> LiveProgress:
    """The display of the plan's trials on the program's console."""
    return LiveProgress(plan.trials, plan.names, store, console)


class Pace:
    """Steps per second over the last few minutes, including evaluations but not the start."""

    def __init__(self) -> None:
        self.seen: deque[tuple[float, int]] = deque()  # times and the steps done by then

    def observe(self, now: float, steps: int) -> None:
        """Notes the number of steps done by now. The time before it first grows does not count."""
        if len(self.seen) == 1 and steps == self.seen[0][1]:
            self.seen[0] = now, steps  # still starting
            return
        self.seen.append((now, steps))
        while len(self.seen) > 2 and now - self.seen[1][0] >= PACE_SECONDS:
            self.seen.popleft()

    @property
    def rate(self) -> float | None:
        """Steps per second; None while too little has been seen."""
        if len(self.seen) < 2:
            return None
        (began, before), (now, steps) = self.seen[0], self.seen[-1]
        return (steps - before) / (now - began) if now - began >= LEAST_SECONDS and steps > before else None


def time_text(seconds: float) -> str:
    """A time in minutes, or in hours if it is above 90 minutes."""
    return f"{seconds / 60:.1f} min" if seconds <= 90 * 60 else f"{seconds / 3600:.1f} h"


def clock_ahead(lease: Lease) -> str:
    """A line about a lease that is dated in the future."""
    owner = f"{lease.content.host or 'another machine'}, process {lease.content.pid}"
    return (
        f"{owner}: its clock is {time_text(lease.ahead)} ahead of this disk's. "
        f"Another run takes {lease.content.title or lease.name} over after {SILENCE_SECONDS / 60:.0f} min without sign of life."
    )


class LiveProgress:
    """Shows trials done, steps per second, the current losses and the time left.

    On a terminal as a live line; elsewhere (a log file, CI) as a line now and then.
    """

    def __init__(self, trials: Sequence[Trial], names: Names, store: Store, console: Console) -> None:
        self.trials, self.names, self.store, self.console = {t.id: t for t in trials}, names, store, console
        self.planned = [planned_trial(t, names) for t in trials]
        self.last_line = time.monotonic()
        self.pace = Pace()
        status = study_status(self.planned, store)
        self.ended = {name for name, state in status.states.items() if state in ENDED}
        self.pace.observe(self.last_line, status.steps_done)
        self.notes: dict[str, str] = {}
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[losses]}", style="cyan", markup=False),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.progress.add_task(
            self.headline(status),
            total=status.steps_done + status.steps_to_do,
            completed=status.steps_done,
            rate="starting",
            losses="",
            left="",
        )
        if self.ended:
            self.print(f"{len(self.ended)} of {how_many(len(trials), 'trial')} done before and kept.")
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> LiveProgress:
        self.progress.start()
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.over.set()
        self.thread.join()
        self.look()
        self.progress.stop()

    def watch(self) -> None:
        pause = LOOK_SECONDS
        while not self.over.wait(pause):
            began = time.monotonic()
            with suppress(OSError):  # the disk may be missing for a moment
                self.look()
            pause = max(LOOK_SECONDS, 10 * (time.monotonic() - began))  # a study of many trials is looked at less often

    def look(self) -> None:
        """Reads how things stand and shows what is new."""
        status = study_status(self.planned, self.store)
        for name, state in status.states.items():
            if state in ENDED and name not in self.ended:
                self.ended.add(name)
                self.print(f"{self.names.title(self.trials[name])}: {self.outcome(name, state)}")
        for lease in status.leases:
            note = lease.content.note or (clock_ahead(lease) if lease.ahead else "")
            if note and self.notes.get(lease.name) != note:
                self.print(note)
            self.notes[lease.name] = note
        now = time.monotonic()
        self.pace.observe(now, status.steps_done)
        rate = self.pace.rate
        shown = "starting" if rate is None else f"{rate:.0f} steps/s" if rate >= 1 else f"{rate:.2g} steps/s"
        left = "" if rate is None else f"{time_text(status.steps_to_do / rate)} left"
        latest = next((lease.content.losses for lease in status.leases if lease.content.losses), {})
        losses = " ".join(f"{name} {value:.3g}" for name, value in latest.items())
        self.progress.update(
            self.task,
            description=self.headline(status),
            completed=status.steps_done,
            total=status.steps_done + status.steps_to_do,
            rate=shown,
            losses=losses,
            left=left,
        )
        if not self.console.is_terminal and left and now - self.last_line > LINE_SECONDS:
            self.last_line = now
            self.print(" · ".join(filter(None, (self.headline(status), shown, losses, left))))

    def headline(self, status: StudyStatus) -> str:
        running = [lease.content.title or lease.name for lease in status.leases]
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return f"{len(self.ended)}/{how_many(len(self.trials), 'trial')}" + (f" · {running[0]}{more}" if running else "")

    def outcome(self, name: str, state: str) -> str:
        result = self.store.result(self.trials[name])
        score = self.trials[name].score
        best = best_score(result.scores, score) if result else None
        return f"{score} {best[score]:.2f}" if best is not None and state == "ok" else state

    def print(self, message: str) -> None:
        self.progress.console.print(message, soft_wrap=True)
