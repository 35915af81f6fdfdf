"""Trains one population, from its checkpoint if it has one, scores its members, and records how each of them ended."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from benchmark.columns import Status
from benchmark.evaluations import Scores, best_is_last
from benchmark.metrics import Generated
from benchmark.plugins import naming_exits
from benchmark.study.populations import Population
from benchmark.study.running.contexts import TrialContext
from benchmark.study.running.signals import Stopped
from benchmark.study.running.tensorboard import log_evaluation
from benchmark.study.storage.environment import computed_on, environment
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.samples import write_samples
from benchmark.study.storage.store import Store
from benchmark.training.checkpoint import Progress, read_progress, read_snapshots, write_checkpoint
from benchmark.training.step import due
from benchmark.training.trainer import Chunk, Trainer, evaluation_latents

CHECKPOINT_SECONDS = 30.0
LOG = "log/"  # prefix of the logged scalars in a checkpoint


class Monitor(Protocol):
    """Follows a run, and may stop it."""

    def progress(self, step: int, rate: float, losses: dict[str, float]) -> None:
        """Called with the steps done, the trials' steps per second, and the losses in the latest steps."""

    def note(self, text: str) -> None:
        """Called with a text that a reader of the log should know."""

    def checkpoint_written(self) -> None:
        """Called when a checkpoint is written, from which an interrupted run will continue."""

    def stop_requested(self) -> bool:
        """Whether the run should stop at the next opportunity."""


class PopulationRun:
    """The training of a population. Members that already have a result train too, but are not recorded."""

    def __init__(self, population: Population, context: TrialContext, monitor: Monitor, *, attempt: int = 1) -> None:
        self.population, self.trials, self.attempt = population, population.trials, attempt
        self.context, self.monitor = context, monitor
        first = self.trials[0]
        self.budget = first.budget
        self.environment = environment(context.device, first.precision, replace(context.execution, population=len(self.trials)))
        self.where = computed_on(self.environment)
        self.environment |= {"train_images": len(context.train), "real_images": context.metrics[0].real_images}
        self.environment |= context.metrics[0].reliability()
        self.checkpoint = context.store.checkpoint(population.name)
        self.alive = pending_members(population, context.store)
        self.seconds_before = 0.0
        self.scores: list[Scores] = [[] for _ in self.trials]
        self.chunks: list[Chunk] = []  # since the last evaluation
        self.began = self.saved = time.monotonic()
        self.score_names: list[str] = []
        self.first_step = 0

    def run(self) -> None:
        """Trains to the end of the budget, or until no member is left.

        Raises:
            Stopped: the monitor asked for it.
        """
        first = self.trials[0]
        self.trainer = Trainer(
            self.context.loss,
            torch.from_numpy(self.context.train.images),
            [t.setting for t in self.trials],
            [t.seed for t in self.trials],
            width=self.budget.width,
            batch=self.budget.batch,
            architecture=self.context.architecture,
            optimiser=first.optimiser,
            batch_norm=first.batch_norm,
            precision=first.precision,
            device=self.context.device,
            compiled=self.context.execution.compiled,
            graphs=self.context.execution.graphs,
        )
        self.resume()
        z = evaluation_latents(self.budget.images, self.context.loss.prior)
        for stop in self.budget.evaluation_steps:
            if stop <= self.trainer.step:
                continue  # scored before the checkpoint at this step was written
            for chunk in self.trainer.advance(stop - self.trainer.step):
                self.chunks.append(chunk)
                self.drop_diverged(chunk)
                self.report(chunk)
                if not self.alive:
                    return
                if self.trainer.step < stop:
                    self.pause()
            for member in list(self.alive):
                self.evaluate(member, z)
            self.chunks.clear()
            if stop < self.budget.steps and self.alive:
                self.pause(save=True)
        for member in self.alive:
            self.finish(member, "ok", self.budget.steps)

    def resume(self) -> None:
        """Continues from the population's checkpoint, if it has one that continues bit for bit here."""
        progress = read_progress(self.checkpoint)
        if progress is None:
            if self.checkpoint.exists():
                self.monitor.note(f"{self.title} starts again: its checkpoint is damaged.")
            return
        if progress.computed_on != self.where:
            self.monitor.note(
                f"{self.title} starts again: its checkpoint was computed on {progress.computed_on}, "
                f"and would not continue bit for bit on {self.where}."
            )
            self.environment["discarded"] = f"a checkpoint of step {progress.step}, computed on {progress.computed_on}"
            return
        snapshots = read_snapshots(self.checkpoint)
        logged = {k: torch.stack([s[k] for s in snapshots]) for k in snapshots[0] if k.startswith(LOG)}
        if logged:
            steps = next(iter(logged.values())).shape[1]
            logged = {k.removeprefix(LOG): v for k, v in logged.items()}
            self.chunks = [Chunk(progress.step - steps + 1, steps, logged, torch.ones(len(snapshots)))]
        self.trainer.restore([{k: v for k, v in s.items() if not k.startswith(LOG)} for s in snapshots], progress.step)
        self.first_step, self.seconds_before, self.scores = progress.step, progress.seconds, progress.scores

    @property
    def title(self) -> str:
        more = f" and {len(self.trials) - 1} more" if len(self.trials) > 1 else ""
        return f"{self.context.names.title(self.trials[0])}{more}"

    def report(self, chunk: Chunk) -> None:
        names = [o.name for o in self.context.loss.objectives() if o.name in chunk.logged]
        losses = {name: chunk.logged[name][self.alive].nanmean().item() for name in names} if self.alive else {}
        rate = len(self.trials) * (self.trainer.step - self.first_step) / (time.monotonic() - self.began)
        self.monitor.progress(self.trainer.step, round(rate, 3), losses)

    def drop_diverged(self, chunk: Chunk) -> None:
        """Ends the members whose losses or weights are no longer finite."""
        objectives = self.context.loss.objectives()
        for member in list(self.alive):
            for offset in range(chunk.steps):
                now = due(objectives, chunk.first + offset, self.trainer.disc_iters)
                wrong = [o.name for o in now if not chunk.logged[o.name][member, offset].isfinite()]
                if wrong:
                    self.diverge(member, chunk.first + offset, f"{wrong[0]} became NaN or infinite")
                    break
            else:
                if not chunk.finite[member]:
                    self.diverge(member, self.trainer.step, "weights became NaN or infinite")

    def diverge(self, member: int, step: int, reason: str) -> None:
        self.alive.remove(member)
        self.finish(member, "diverged", step, reason)

    def evaluate(self, member: int, z: Tensor) -> None:
        """Scores one member, and keeps its samples and generator if the score is its best so far."""
        trial, step = self.trials[member], self.trainer.step
        try:
            images = self.trainer.generate(member, z)
        except FloatingPointError as error:
            self.diverge(member, step, str(error))
            return
        generated = Generated(images, self.trainer.generator(member), self.context.loss.prior)
        row = {"step": float(step)}
        for metric in self.context.metrics:
            row |= metric(generated)
        self.score_names = [name for name in row if name != "step"]
        row |= {name: values.nanmean().item() for name, values in self.logged(member).items()}
        if not math.isfinite(row[trial.score]):  # the images are finite, so the metric failed
            self.alive.remove(member)
            self.finish(member, "failed", step, f"{trial.score} is {row[trial.score]}: its images have no score")
            return
        self.scores[member].append(row)
        if best_is_last(self.scores[member], trial.score):
            write_samples(self.context.store, trial, images, self.trainer.generator_weights(member))
        if self.context.tensorboard is not None:
            log_evaluation(self.context.tensorboard, trial, row, self.logged(member), images)

    def pause(self, save: bool = False) -> None:
        """Writes a checkpoint when one is due, and stops if the monitor wants it."""
        stop = self.monitor.stop_requested()
        if save or stop or time.monotonic() - self.saved > CHECKPOINT_SECONDS:
            self.save()
        if stop:
            raise Stopped

    def save(self) -> None:
        """Writes a checkpoint of all members, since even those that ended belong to the population."""
        members = range(len(self.trials))
        snapshots = [
            self.trainer.snapshot(m) | {LOG + name: values for name, values in self.logged(m).items()} for m in members
        ]
        write_checkpoint(self.checkpoint, snapshots, Progress(self.trainer.step, self.seconds(), self.where, self.scores))
        self.saved = time.monotonic()
        self.monitor.checkpoint_written()

    def logged(self, member: int) -> dict[str, Tensor]:
        """One member's logged scalars [steps] by name since the last evaluation; NaN where an objective was not due."""
        names = sorted({name for chunk in self.chunks for name in chunk.logged})
        return {
            name: torch.cat(
                [
                    chunk.logged[name][member] if name in chunk.logged else torch.full((chunk.steps,), torch.nan)
                    for chunk in self.chunks
                ]
            )
            for name in names
        }

    def seconds(self) -> float:
        """A member's share of the wall time so far in seconds, including earlier attempts."""
        return self.seconds_before + (time.monotonic() - self.began) / len(self.trials)

    def finish(self, member: int, status: Status, step: int, reason: str = "") -> None:
        fingerprints = {metric.name: metric.fingerprint for metric in self.context.metrics}
        result = Result(
            status=status,
            step=step,
            seconds=round(self.seconds(), 3),
            scores=self.scores[member],
            environment=self.environment,
            fingerprints=fingerprints,
            score_names=self.score_names,
            study=self.context.study,
            reason=reason,
            attempts=self.attempt + self.context.store.earlier_attempts(self.trials[member]),
        )
        self.context.store.finish(self.trials[member], result)

    def fail(self) -> None:
        """Records the current exception as the end of the members that have not ended yet."""
        progress = read_progress(self.checkpoint)
        step = progress.step if progress else 0
        if progress:
            self.scores = progress.scores
        for member in self.alive:
            self.finish(member, "failed", step, traceback.format_exc())


def pending_members(population: Population, store: Store) -> list[int]:
    """The indices in the population of its trials without a result."""
    pending = {t.id for t in store.pending(population.trials)}
    return [member for member, trial in enumerate(population.trials) if trial.id in pending]


def train_population(
    population: Population,
    context: TrialContext,
    monitor: Monitor,
    *,
    attempt: int = 1,
    raised: Callable[[BaseException], bool] = lambda error: False,
) -> None:
    """Trains the members that have no result; an error in their training is recorded as their end.

    Args:
        raised: tells which errors are not the population's own; these are raised instead of recorded.

    Raises:
        Stopped: the monitor asked for it; the checkpoint is written.
    """
    run = PopulationRun(population, context, monitor, attempt=attempt)
    try:
        if run.alive:
            with naming_exits():
                run.run()
    except Exception as error:
        if raised(error):
            raise
        run.fail()
    context.store.checkpoint(population.name).unlink(missing_ok=True)
