"""The live display of a run, whoever runs it: it reads what the workers leave in the results folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from benchmark.columns import ENDED
from benchmark.study.storage.status import Planned, Standing, standing
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import best_score
from benchmark.study.trial import Trial

LINE_SECONDS = 15.0
LOOK_SECONDS = 0.5


class LiveProgress:
    """Shows trials done, steps per second, the current losses and the time left.

    On a terminal as a live line; elsewhere (a log file, CI) as a line now and then.
    """

    def __init__(self, trials: Sequence[Trial], store: Store, console: Console) -> None:
        self.trials, self.store, self.console = {t.id: t for t in trials}, store, console
        self.planned = [Planned(t.id, t.loss, t.dataset, t.budget.steps) for t in trials]
        self.began = self.last_line = time.monotonic()
        now = standing(self.planned, store)
        self.ended = {name for name, state in now.states.items() if state in ENDED}
        self.steps_before = now.steps_done
        self.notes: dict[str, str] = {}
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[losses]}", style="cyan"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=console,
            disable=not console.is_terminal,
        )
        total = now.steps_done + now.steps_left
        self.task = self.progress.add_task(
            self.headline(now), total=total, completed=now.steps_done, rate="starting", losses=""
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
        now = standing(self.planned, self.store)
        for name, state in now.states.items():
            if state in ENDED and name not in self.ended:
                self.ended.add(name)
                self.print(f"{self.trials[name].title}: {self.outcome(name, state)}")
        for held in now.held:
            note = held.content.get("note", "")
            if note and self.notes.get(held.name) != note:
                self.print(note)
            self.notes[held.name] = note
        seconds = time.monotonic() - self.began
        rate = (now.steps_done - self.steps_before) / seconds
        shown = f"{rate:.0f} steps/s" if rate >= 1 or not rate else f"{rate:.2g} steps/s"
        losses: dict[str, float] = next((h.content["losses"] for h in now.held if h.content.get("losses")), {})
        said = " ".join(f"{name} {value:.3g}" for name, value in losses.items())
        self.progress.update(
            self.task,
            description=self.headline(now),
            completed=now.steps_done,
            total=now.steps_done + now.steps_left,
            rate=shown if rate else "starting",
            losses=said,
        )
        if not self.console.is_terminal and rate and time.monotonic() - self.last_line > LINE_SECONDS:
            self.last_line = time.monotonic()
            self.print(f"{self.headline(now)} · {shown} · {said} · {now.steps_left / rate / 60:.1f} min left")

    def headline(self, now: Standing) -> str:
        running = [h.content.get("title", h.name) for h in now.held]
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return f"{len(self.ended)}/{len(self.trials)} trials" + (f" · {running[0]}{more}" if running else "")

    def outcome(self, name: str, state: str) -> str:
        result = self.store.result(self.trials[name])
        score = self.trials[name].score
        best = best_score(result.scores, score) if result else None
        return f"{score} {best[score]:.2f}" if best is not None and state == "ok" else state

    def print(self, message: str) -> None:
        self.progress.console.print(message, highlight=False, markup=False, soft_wrap=True)
