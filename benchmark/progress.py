"""The live display of a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from benchmark.study.trial import Trial

LINE_SECONDS = 15.0


class LiveProgress:
    """Shows trials done, steps per second, the current losses and the time left.

    On a terminal as a live line; elsewhere (a log file, CI) as a line now and then.
    """

    def __init__(self, trials: Sequence[Trial], missing: Sequence[Trial], console: Console) -> None:
        self.console = console
        self.remaining = {t.id: t.budget.steps for t in missing}
        self.total, self.ended_trials = len(trials), len(trials) - len(missing)
        steps = sum(self.remaining.values())
        self.started = self.last_line = time.monotonic()
        self.steps = 0
        self.progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24),
            TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[losses]}", style="cyan"),
            TimeRemainingColumn(compact=True), TextColumn("left"), console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self.task = self.progress.add_task(self._headline(""), total=steps, rate="starting", losses="")
        if self.ended_trials:
            self.note(f"{self.ended_trials} of {self.total} trials were done before and are kept.")

    def __enter__(self) -> LiveProgress:
        self.progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.progress.stop()

    def _headline(self, current: str) -> str:
        return f"{self.ended_trials}/{self.total} trials" + (f" · {current}" if current else "")

    def began(self, trials: Sequence[Trial], step: int) -> None:
        first = trials[0]
        seeds = f"seed {first.seed}" if len(trials) == 1 else f"{len(trials)} trials"
        sample = f" sample {first.sample}" if first.sample else ""
        self.current = f"{first.loss}{sample} {seeds}"
        for trial in trials:
            self.remaining[trial.id] = trial.budget.steps - step
        self.progress.update(
            self.task, description=self._headline(self.current), total=self.steps + sum(self.remaining.values())
        )

    def advanced(self, trials: Sequence[Trial], steps: int, logged: dict[str, float]) -> None:
        for trial in trials:
            self.remaining[trial.id] -= steps
        self.steps += steps * len(trials)
        seconds = time.monotonic() - self.started
        rate = f"{self.steps / seconds:.0f} steps/s"
        losses = " ".join(f"{name} {value:.3g}" for name, value in logged.items())
        self.progress.update(self.task, completed=self.steps, rate=rate, losses=losses)
        if not self.console.is_terminal and time.monotonic() - self.last_line > LINE_SECONDS:
            self.last_line = time.monotonic()
            left = sum(self.remaining.values()) * seconds / self.steps
            self.console.print(
                f"{self._headline(self.current)} · {rate} · {losses} · {left / 60:.1f} min left", highlight=False
            )

    def ended(self, trial: Trial, status: str, best: float | None) -> None:
        self.ended_trials += 1
        self.remaining[trial.id] = 0
        score = f"{trial.score_name} {best:.2f}" if best is not None else status
        sample = f" sample {trial.sample}" if trial.sample else ""
        self.note(f"{trial.loss}{sample} seed {trial.seed}: {score}")
        self.progress.update(
            self.task, description=self._headline(self.current), total=self.steps + sum(self.remaining.values())
        )

    def note(self, message: str) -> None:
        self.progress.console.print(message, highlight=False, markup=False)
