"""Trains what is missing: groups trials into populations, checkpoints and scores them, records how each ended."""

from __future__ import annotations

import errno
import itertools
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from benchmark.data import Split
from benchmark.losses import Loss
from benchmark.metrics.fid import FID
from benchmark.plugins import UserError
from benchmark.study.environment import computed_on, environment
from benchmark.study.store import Result, Scores, Status, Store, best_is_last
from benchmark.study.trial import Trial
from benchmark.training.checkpoint import Progress, read_progress, read_snapshot, write_checkpoint
from benchmark.training.population import Chunk, Population, evaluation_latents
from benchmark.training.step import STRUCTURAL, due

CHECKPOINT_SECONDS = 30.0
SAMPLES = 64
LOG = "log/"  # prefix of the logged scalars in a checkpoint


class Observer(Protocol):
    """Is told how a run gets on."""

    def began(self, trials: Sequence[Trial], step: int) -> None:
        """A population starts, after ``step`` steps done earlier."""

    def advanced(self, trials: Sequence[Trial], steps: int, logged: dict[str, float]) -> None:
        """Each of these has trained so many more steps; the latest losses, averaged over them."""

    def ended(self, trial: Trial, status: str, best: float | None) -> None:
        """A trial has its result."""

    def note(self, message: str) -> None:
        """Something worth a line."""


@dataclass(frozen=True)
class Workplace:
    """What trials of one loss and data set run with."""

    loss: Loss
    train: Split
    score: FID
    store: Store
    device: torch.device
    compiled: bool
    population: int = 1


def run(trials: Sequence[Trial], place: Workplace, observer: Observer) -> None:
    """Trains the trials, each from its last checkpoint if it has one; ``missing`` says which need it.

    Raises:
        UserError: the environment stops all trials alike (no compiler, a full disk); what is computed is kept.
    """
    env = environment(place.device, place.compiled)
    for group, step in groups(list(trials), place, observer, computed_on(env)):
        try:
            Group(group, step, place, observer, env).run()
        except UserError:
            raise
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
                record_failure(group, place.store, observer, env)
                continue
            raise UserError(
                f"Cannot write to {place.store.root}: {error.strerror}.\n"
                "Finished trials are kept; the same command goes on from the last checkpoint once there is room."
            ) from error
        except Exception:
            record_failure(group, place.store, observer, env)


def missing(trials: Sequence[Trial], store: Store, retry_failed: bool = False) -> list[Trial]:
    """The trials without a result, and on request those that failed."""
    results = [(t, store.result(t)) for t in trials]
    return [t for t, r in results if r is None or (retry_failed and r.status == "failed")]


def groups(trials: list[Trial], place: Workplace, observer: Observer, where: str) -> Iterator[tuple[list[Trial], int]]:
    """Populations of the trials with the step each continues from; those that share a compiled step follow each other."""

    def start(trial: Trial) -> int:
        progress = read_progress(place.store.checkpoint(trial))
        if progress is None:
            return 0
        if progress.computed_on != where:
            observer.note(
                f"{trial.loss} seed {trial.seed} starts again: its checkpoint was computed on {progress.computed_on}, "
                f"and would not continue bit for bit on {where}."
            )
            return 0
        scored = {row["step"] for row in place.store.scores(trial)}
        if any(stop <= progress.step and stop not in scored for stop in trial.budget.evaluation_steps):
            observer.note(f"{trial.loss} seed {trial.seed} starts again: the scores beside its checkpoint are damaged.")
            return 0
        return progress.step

    def key(item: tuple[Trial, int]) -> str:
        trial, step = item
        structure = [trial.setting.get(name) for name in reversed(STRUCTURAL)]
        return repr((structure, trial.budget, trial.optimiser, step))

    for _, same in itertools.groupby(sorted(((t, start(t)) for t in trials), key=key), key=key):
        alike = list(same)
        for i in range(0, len(alike), place.population):
            members = alike[i : i + place.population]
            yield [t for t, _ in members], members[0][1]


class Group:
    """One population on its way from ``step`` to the end of its budget."""

    def __init__(self, trials: list[Trial], step: int, place: Workplace, observer: Observer, env: dict[str, object]) -> None:
        self.trials, self.place, self.observer, self.env = trials, place, observer, env
        self.where = computed_on(env)
        self.budget = trials[0].budget
        self.population = Population(
            place.loss, torch.from_numpy(place.train.images), [t.setting for t in trials], [t.seed for t in trials],
            width=self.budget.width, batch=self.budget.batch, optimiser=trials[0].optimiser,
            device=place.device, compiled=place.compiled,
        )  # fmt: skip
        self.seconds_before = 0.0
        self.scores: list[Scores] = [[] for _ in trials]
        self.chunks: list[Chunk] = []  # since the last evaluation
        if step:
            paths = [place.store.checkpoint(t) for t in trials]
            snapshots = [read_snapshot(p) for p in paths]
            logged = {k: torch.stack([s[k] for s in snapshots]) for k in snapshots[0] if k.startswith(LOG)}
            if logged:
                steps = next(iter(logged.values())).shape[1]
                logged = {k.removeprefix(LOG): v for k, v in logged.items()}
                self.chunks = [Chunk(step - steps + 1, steps, logged, torch.ones(len(trials)))]
            self.population.restore([{k: v for k, v in s.items() if not k.startswith(LOG)} for s in snapshots], step)
            self.seconds_before = max(p.seconds for p in map(read_progress, paths) if p is not None)
            self.scores = [[row for row in place.store.scores(t) if row["step"] <= step] for t in trials]
        self.alive = list(range(len(trials)))
        self.began = self.saved = time.monotonic()

    def run(self) -> None:
        """Trains to the end of the budget, or until no member is left."""
        self.observer.began(self.trials, self.population.step)
        z = evaluation_latents(self.budget.images, self.place.loss.prior)
        for stop in self.budget.evaluation_steps:
            if stop <= self.population.step:
                continue  # scored before the checkpoint at this step was written
            for chunk in self.population.advance(stop - self.population.step):
                self.chunks.append(chunk)
                self.observe(chunk)
                self.drop_diverged(chunk)
                if not self.alive:
                    return
                if time.monotonic() - self.saved > CHECKPOINT_SECONDS and self.population.step < stop:
                    self.save()
            for member in list(self.alive):
                self.evaluate(member, z)
            self.chunks.clear()
            if stop < self.budget.steps and self.alive:
                self.save()
        for member in self.alive:
            self.finish(member, "ok", self.budget.steps)

    def observe(self, chunk: Chunk) -> None:
        names = [o.name for o in self.place.loss.objectives() if o.name in chunk.logged]
        losses = {name: chunk.logged[name][self.alive].nanmean().item() for name in names}
        self.observer.advanced([self.trials[m] for m in self.alive], chunk.steps, losses)

    def drop_diverged(self, chunk: Chunk) -> None:
        """Ends the members whose losses or weights are no longer finite."""
        objectives = self.place.loss.objectives()
        for member in list(self.alive):
            for offset in range(chunk.steps):
                now = due(objectives, chunk.first + offset, self.population.disc_iters)
                wrong = [o.name for o in now if not chunk.logged[o.name][member, offset].isfinite()]
                if wrong:
                    self.diverge(member, chunk.first + offset, f"{wrong[0]} became NaN or infinite")
                    break
            else:
                if not chunk.finite[member]:
                    self.diverge(member, self.population.step, "weights became NaN or infinite")

    def diverge(self, member: int, step: int, reason: str) -> None:
        self.alive.remove(member)
        self.finish(member, "diverged", step, reason)

    def evaluate(self, member: int, z: Tensor) -> None:
        """Scores one member, and keeps its samples and generator if it was never better."""
        trial, step = self.trials[member], self.population.step
        try:
            images = self.population.generate(member, z)
        except FloatingPointError as error:
            self.diverge(member, step, str(error))
            return
        row = {"step": float(step), trial.score_name: self.place.score(images)}
        row |= {name: values.nanmean().item() for name, values in self.logged(member).items()}
        self.scores[member].append(row)
        if best_is_last(self.scores[member], trial.score_name):
            self.place.store.write_samples(trial, images[:SAMPLES], self.population.generator_weights(member))
        self.place.store.write_scores(trial, self.scores[member])

    def save(self) -> None:
        """Writes a checkpoint of every member that is still training."""
        progress = Progress(self.population.step, self.seconds(), self.where)
        for member in self.alive:
            logged = {LOG + name: values for name, values in self.logged(member).items()}
            snapshot = self.population.snapshot(member) | logged
            write_checkpoint(self.place.store.checkpoint(self.trials[member]), snapshot, progress)
        self.saved = time.monotonic()

    def logged(self, member: int) -> dict[str, Tensor]:
        """One member's logged scalars [steps] by name since the last evaluation; NaN where an objective was not due."""
        names = sorted({name for chunk in self.chunks for name in chunk.logged})
        return {
            name: torch.cat([
                chunk.logged[name][member] if name in chunk.logged else torch.full((chunk.steps,), torch.nan)
                for chunk in self.chunks
            ])
            for name in names
        }  # fmt: skip

    def seconds(self) -> float:
        """A member's share of the wall time so far, that of earlier attempts included."""
        return self.seconds_before + (time.monotonic() - self.began) / len(self.trials)

    def finish(self, member: int, status: Status, step: int, reason: str = "") -> None:
        trial, scores = self.trials[member], self.scores[member]
        self.place.store.finish(trial, Result(status, step, self.seconds(), scores, dict(self.env), reason))
        best = min((row[trial.score_name] for row in scores), default=None)
        self.observer.ended(trial, status, best if status == "ok" else None)


def record_failure(trials: list[Trial], store: Store, observer: Observer, env: dict[str, object]) -> None:
    """Records the current exception as the end of those trials that have no result."""
    reason = traceback.format_exc()
    for trial in trials:
        if (result := store.result(trial)) is None or result.status == "failed":
            progress = read_progress(store.checkpoint(trial))
            step, seconds = (progress.step, progress.seconds) if progress else (0, 0.0)
            store.finish(trial, Result("failed", step, seconds, store.scores(trial), dict(env), reason))
            observer.ended(trial, "failed", None)
