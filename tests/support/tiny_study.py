"""A study small enough for tests of all around training: sixty images of noise, twelve steps, a metric without weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from benchmark.losses import find_loss
from benchmark.metrics.extractors import Extractor
from benchmark.study.populations import Population
from benchmark.study.running.contexts import TrialContext
from benchmark.study.running.population_run import train_population
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="tiny", steps=12, batch=8, width=1 / 16, evaluations=2, images=64)


class Pixels(Extractor):
    """Every 49th pixel as a feature: a metric that needs no weights."""

    key = "pixels"
    fingerprint = "0"

    def __init__(self) -> None:
        pass

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1)[:, ::49].double()


class Killed(BaseException):
    """Stands for a kill: nothing in the program may catch it."""


class Recorder:
    """A monitor that keeps what it is told; it may kill the run, or ask it to stop, after so many steps."""

    def __init__(self, kill_after: int | None = None, stop_after: int | None = None) -> None:
        self.kill_after, self.stop_after = kill_after, stop_after
        self.steps: list[int] = []
        self.notes: list[str] = []

    def progress(self, step: int, rate: float, losses: dict[str, float]) -> None:
        self.steps.append(step)
        if self.kill_after is not None and step >= self.kill_after:
            raise Killed

    def note(self, text: str) -> None:
        self.notes.append(text)

    def checkpoint_written(self) -> None:
        pass

    def stop_requested(self) -> bool:
        return self.stop_after is not None and bool(self.steps) and self.steps[-1] >= self.stop_after


def trials(count: int, loss: str = "lsgan", **changes: Any) -> list[Trial]:
    """Trials of one setting under the seeds 0 ... count - 1; ``changes`` are of the setting."""
    setting = {**find_loss(loss).defaults, **changes}
    return [
        Trial(loss=loss, dataset="noise", setting=setting, seed=seed, budget=BUDGET, metrics=("fid_pixels",))
        for seed in range(count)
    ]


def run(
    planned: Sequence[Trial], context: TrialContext, monitor: Recorder | None = None, *, size: int = 1, **options: Any
) -> Recorder:
    """Trains the pending ones of the trials, in populations of ``size`` in the order given."""
    monitor = monitor or Recorder()
    for first in range(0, len(planned), size):
        train_population(Population(tuple(planned[first : first + size])), context, monitor, **options)
    return monitor


def result(status: str = "ok", best: float = 1.0, last: float | None = None, **changes: Any) -> Result:
    """How a trial ended that was never trained: two evaluations, of which the first is the best."""
    name = changes.pop("name", "fid_pixels")
    validation = changes.pop("validation", None)
    rows = [{"step": 6.0, name: best}, {"step": 12.0, name: best + 1 if last is None else last}]
    if validation is not None:
        rows = [row | {f"{name}_validation": value} for row, value in zip(rows, validation, strict=True)]
    environment = {"torch": "2.11.0+cpu", "device": "cpu", "device_name": "a processor", "commit": "abc", "dirty": False}
    fields = {"fingerprints": {name: "0"}, "study": {"name": "tiny", "hash": "0"}, "environment": environment, **changes}
    scores = rows if status == "ok" else []
    return Result(status=status, step=12, seconds=1.5, scores=scores, **fields)  # type: ignore[arg-type]


def finished(planned: Sequence[Trial], store: Store, ending: Callable[[Trial], Result | None]) -> None:
    """Records how the trials ended; None leaves one pending."""
    for trial in planned:
        if (end := ending(trial)) is not None:
            store.finish(trial, end)
