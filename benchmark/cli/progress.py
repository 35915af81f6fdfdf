"""The live display of a run, whoever runs it: it reads what the workers leave in the results folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from benchmark.cli.app import console
from benchmark.columns import ENDED
from benchmark.study.storage.status import PlannedTrial, StudyStatus, study_status
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names, best_score
from benchmark.study.trial import Trial

if TYPE_CHECKING:  # planning loads torch
    from benchmark.study.planning.plan import Plan

LINE_SECONDS = 15.0
LOOK_SECONDS = 0.5


def live_display(plan: Plan, store: Store) -> LiveProgress:
    """The display of the plan's trials on the program's console."""
    return LiveProgress(plan.trials, plan.names, store, console)


class LiveProgress:
    """Shows trials done, steps per second, the current losses and the time left.

    On a terminal as a live line; elsewhere (a log file, CI) as a line now and then.
    """

    def __init__(self, trials: Sequence[Trial], names: Names, store: Store, console: Console) -> None:
        self.trials, self.names, self.store, self.console = {t.id: t for t in trials}, names, store, console
        self.planned = [PlannedTrial(t.id, t.loss, t.dataset, t.budget.steps) for t in trials]
        self.began = self.last_line = time.monotonic()
        status = study_status(self.planned, store)
        self.ended = {name for name, state in status.states.items() if state in ENDED}
        self.steps_before = status.steps_done
        self.notes: dict[str, str] = {}
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[losses]}", style="cyan", markup=False),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.progress.add_task(
            self.headline(status),
            total=status.steps_done + status.steps_to_do,
            completed=status.steps_done,
            rate="starting",
            losses="",
        )
        if self.ended:
            self.print(f"{len(self.ended)} of {len(trials)} trials were done before and are kept.")
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
            with suppress(OSError):  # a disk that is away for a moment
                self.look()
            pause = max(LOOK_SECONDS, 10 * (time.monotonic() - began))  # a study of many trials is looked at less often

    def look(self) -> None:
        """Reads how things stand and shows what is new."""
        status = study_status(self.planned, self.store)
        for name, state in status.states.items():
            if state in ENDED and name not in self.ended:
                self.ended.add(name)
                self.print(f"{self.names.title(self.trials[name])}: {self.outcome(name, state)}")
        for claim in status.claims:
            note = claim.content.note
            if note and self.notes.get(claim.name) != note:
                self.print(note)
            self.notes[claim.name] = note
        seconds = time.monotonic() - self.began
        rate = (status.steps_done - self.steps_before) / seconds
        shown = f"{rate:.0f} steps/s" if rate >= 1 or not rate else f"{rate:.2g} steps/s"
        latest = next((claim.content.losses for claim in status.claims if claim.content.losses), {})
        losses = " ".join(f"{name} {value:.3g}" for name, value in latest.items())
        self.progress.update(
            self.task,
            description=self.headline(status),
            completed=status.steps_done,
            total=status.steps_done + status.steps_to_do,
            rate=shown if rate else "starting",
            losses=losses,
        )
        if not self.console.is_terminal and rate and time.monotonic() - self.last_line > LINE_SECONDS:
            self.last_line = time.monotonic()
            minutes = status.steps_to_do / rate / 60
            self.print(f"{self.headline(status)} · {shown} · {losses} · {minutes:.1f} min left")

    def headline(self, status: StudyStatus) -> str:
        running = [claim.content.title or claim.name for claim in status.claims]
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return f"{len(self.ended)}/{len(self.trials)} trials" + (f" · {running[0]}{more}" if running else "")

    def outcome(self, name: str, state: str) -> str:
        result = self.store.result(self.trials[name])
        score = self.trials[name].score
        best = best_score(result.scores, score) if result else None
        return f"{score} {best[score]:.2f}" if best is not None and state == "ok" else state

    def print(self, message: str) -> None:
        self.progress.console.print(message, soft_wrap=True)
