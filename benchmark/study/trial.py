"""A trial: one training of one loss, named by a hash of all that determines its result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from benchmark.factors import Choices
from benchmark.hyperparameters import Setting, is_number
from benchmark.training.budget import Budget

RESULT_VERSION = 3
"""Increased by every change of the code that changes results, so that old and new trials are never confused."""


class Cell(NamedTuple):
    """What a study compares. Trials of one cell differ only in setting and seed."""

    loss: str
    dataset: str
    choices: Choices


@dataclass(frozen=True, kw_only=True)
class Trial(Choices):
    """One training; ``Choices`` are those of ``benchmark.factors``.

    Attributes:
        loss, dataset: their keys; for a user's own file, followed by ``@`` and a hash of the file.
        setting: its hyperparameters.
        seed: determines its initial weights, batches, latents and noise.
        budget: its steps, batch and width, and how it is scored.
        metrics: the names of its scores; the first compares trials. The result records which extractor weights were used.
        precision: ``float32``, ``tf32`` or ``bfloat16``.
        batch_norm: how the generator's batch norm is evaluated: ``averages`` or ``recalibrated``.
        validation: whether validation images are held out of its training images and scored against.
        sample: the number of the setting among a search's samples, 0 for the default; does not determine the result.
    """

    loss: str
    dataset: str
    setting: Setting
    seed: int
    budget: Budget
    metrics: tuple[str, ...]
    precision: str = "float32"
    batch_norm: str = "averages"
    validation: bool = True
    sample: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if infinite := [name for name, value in self.setting.items() if not is_number(value)]:
            raise ValueError(f"{infinite[0]} = {self.setting[infinite[0]]!r} is not a finite number, true or false")

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values."""
        return {
            "result_version": RESULT_VERSION,
            "loss": self.loss,
            "dataset": self.dataset,
            "setting": self.setting,
            "seed": self.seed,
            "budget": vars(self.budget),
            "metrics": list(self.metrics),
            **self.said,
            "precision": self.precision,
            "batch_norm": self.batch_norm,
            "validation": self.validation,
        }

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of ``identity``."""
        return id_of(self.identity)

    @property
    def cell(self) -> Cell:
        """The cell of the trial: all its choices except setting and seed."""
        return Cell(self.loss, self.dataset, self.choices)

    @property
    def score(self) -> str:
        """The name of the score that compares trials."""
        return self.metrics[0]


def id_of(identity: dict[str, Any]) -> str:
    """The id of the trial with this identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
