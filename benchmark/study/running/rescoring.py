"""Scores the generators that finished trials kept, without training. Any number of processes may share the work."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from benchmark.analysis.figures.panels import as_png
from benchmark.analysis.formats import number
from benchmark.data import DataSet
from benchmark.files import write_atomically
from benchmark.losses import Loss
from benchmark.metrics import Generated, Metric
from benchmark.models import find_architecture
from benchmark.plugins import one_line
from benchmark.plurals import how_many
from benchmark.study.running.sharing import died_of, share
from benchmark.study.storage.environment import environment
from benchmark.study.storage.leases import LeaseContent, OwnedLease
from benchmark.study.storage.records.rescored import (
    Rescored,
    Scoring,
    kept_evaluation,
    read_rescored,
    rescored_picture,
    write_rescored,
)
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.samples import read_generator
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names
from benchmark.study.trial import Cell, Trial
from benchmark.training.execution import Execution
from benchmark.training.generator import Generator, allow_tf32, draw, generator_of
from benchmark.training.trainer import evaluation_latents

RUN = "rescoring"
"""All processes that score belong to one run of this name, so that their deaths at a generator are counted together."""


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """The metrics that score the generators of a data set.

    Attributes:
        dataset: the generators have its shape and architecture.
        metrics: each gives a score of its own.
        images: how many generated images are scored; None for the number in each trial's budget.
    """

    dataset: type[DataSet]
    metrics: Sequence[Metric]
    images: int | None = None

    def scoring(self, metric: Metric, trial: Trial) -> Scoring:
        """What determines the score of the trial's generator by one of the metrics."""
        return Scoring(name=metric.name, images=self.images or trial.budget.images, fingerprint=metric.fingerprint)


@dataclass(frozen=True, kw_only=True)
class Rescoring:
    """Trials whose kept generators are scored again.

    Attributes:
        results: how the trials ended, all of them ``ok``, by trial id.
        loss: the loss that trials of a cell train.
        scorers: by the data set's key.
        names: the names in print.
        unscored: why a trial's generator could not be scored, by trial id; filled while scoring.
    """

    trials: Sequence[Trial]
    results: Mapping[str, Result]
    loss: Callable[[Cell], Loss]
    scorers: Mapping[str, Scorer]
    store: Store
    device: torch.device
    report: Callable[[str], None] = print
    unscored: dict[str, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names)

    def run(self) -> None:
        """Computes the missing scores; waits for those that other processes compute, and takes over if they die.

        Raises:
            UserError: the disk is full or protected; what is computed is kept.
        """
        pieces = [piece for trial in self.trials if (piece := KeptGenerator(self, trial)).pending()]
        if kept := len(self.trials) - len(pieces):
            self.report(f"{kept} of {how_many(len(self.trials), 'generator')} scored before and kept.")
        share(pieces, self.store.rescoring, self.store, run=RUN)

    def unscored_metrics(self, trial: Trial) -> list[Metric]:
        """The metrics by which the trial's generator has no score yet."""
        scorer, result = self.scorers[trial.dataset], self.results[trial.id]
        return [m for m in scorer.metrics if read_rescored(self.store, trial, result, scorer.scoring(m, trial)) is None]

    def leave_unscored(self, trial: Trial, reason: str) -> None:
        """Records and reports why the trial's generator gets no score."""
        self.unscored[trial.id] = reason
        self.report(f"{self.names.title(trial)} ({trial.id}) is not scored: {reason}")

    def score(self, trial: Trial) -> None:
        """Computes and keeps the missing scores of the trial's generator.

        Raises:
            ValueError: the generator cannot be read, or is of another loss or architecture; a score cannot be computed.
            FloatingPointError: its images contain NaN.
        """
        if not (metrics := self.unscored_metrics(trial)):  # another process was faster
            return
        scorer, prior = self.scorers[trial.dataset], self.loss(trial.cell).prior
        allow_tf32(trial.precision == "tf32")  # as at the trial's own evaluations
        began = time.monotonic()
        generator = self.generator(trial, scorer)
        z = evaluation_latents(scorer.images or trial.budget.images, prior)
        images = draw(generator, z, points=scorer.dataset.holds == "points")
        drawing = time.monotonic() - began
        for metric in metrics:
            began = time.monotonic()
            scores, picture = metric.pictured(Generated(images, generator, prior))
            if not math.isfinite(scores[metric.name]):
                raise ValueError(f"{metric.name} is {scores[metric.name]}: its images have no score")
            rescored = Rescored(
                scoring=scorer.scoring(metric, trial),
                scores=scores,
                evaluation=kept_evaluation(trial, self.results[trial.id]),
                environment={
                    **environment(self.device, trial.precision, Execution(population=1, compiled=False)),
                    **metric.reliability(),
                },
                seconds=round(drawing + time.monotonic() - began, 3),
            )
            if picture is not None:  # written before the score, so that no score lacks its picture
                picture.suptitle(f"{self.names.title(trial)}: {metric.name} {number(scores[metric.name])}", fontsize=11)
                write_atomically(rescored_picture(self.store, trial, rescored.scoring), as_png(picture))
            write_rescored(self.store, trial, rescored)
            self.report(f"{self.names.title(trial)}: {metric.name} {rescored.scores[metric.name]:.4g}")

    def generator(self, trial: Trial, scorer: Scorer) -> Generator:
        """The generator that the trial kept, on the device."""
        architecture = find_architecture(scorer.dataset.architecture)(scorer.dataset.image_shape, trial.budget.width)
        # Copies are aligned in memory. Products of tensors that are not, as in a file, may differ in the last bit.
        weights = {name: value.clone().to(self.device) for name, value in read_generator(self.store, trial).items()}
        return generator_of(self.loss(trial.cell), architecture, weights)


@dataclass(frozen=True)
class KeptGenerator:
    """The scoring of one generator, as work that processes share."""

    rescoring: Rescoring
    trial: Trial

    @property
    def name(self) -> str:
        return self.trial.id

    def content(self) -> dict[str, Any]:
        return {"trials": (self.trial.id,), "title": self.rescoring.names.title(self.trial)}

    def pending(self) -> bool:
        return self.trial.id not in self.rescoring.unscored and bool(self.rescoring.unscored_metrics(self.trial))

    def do(self, lease: OwnedLease) -> None:
        try:
            self.rescoring.score(self.trial)
        except (FloatingPointError, ValueError) as error:
            self.rescoring.leave_unscored(self.trial, one_line(error))

    def give_up(self, content: LeaseContent) -> None:
        self.rescoring.leave_unscored(self.trial, died_of(content))
