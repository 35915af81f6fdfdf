"""Populations: trials that train together, and are leased, checkpointed and resumed together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from benchmark.hyperparameters import STRUCTURAL
from benchmark.study.trial import Trial

CPU_POPULATION, GPU_POPULATION = 1, 10


def usual_population(device: str) -> int:
    """How many trials train together on a ``cpu`` or ``cuda`` device by default."""
    return GPU_POPULATION if device == "cuda" else CPU_POPULATION


@dataclass(frozen=True)
class Population:
    """Trials of one cell, budget and structure, in the order of their study.

    The study alone fixes which trials share a population, because rounding depends on a population's size.
    """

    trials: tuple[Trial, ...]

    @cached_property
    def name(self) -> str:
        """The id of its only trial, or a hash of the ids of several."""
        ids = [t.id for t in self.trials]
        return ids[0] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()[:16]

    @property
    def steps(self) -> int:
        return self.trials[0].budget.steps

    @cached_property
    def structure(self) -> str:
        """What its trials have in common, see ``structure``."""
        return structure(self.trials[0])


def in_populations(trials: Iterable[Trial], size: int) -> list[Population]:
    """The trials in populations of at most ``size``; populations that share a compiled step follow each other."""
    alike: dict[str, list[Trial]] = {}
    for trial in trials:
        alike.setdefault(structure(trial), []).append(trial)
    return [Population(tuple(members[i : i + size])) for members in alike.values() for i in range(0, len(members), size)]


def structure(trial: Trial) -> str:
    """Everything that the members of a population must have in common, as a text."""
    structural = [trial.setting.get(name) for name in STRUCTURAL]
    shared = (trial.cell, trial.precision, trial.budget, trial.metrics, trial.batch_norm, trial.validation)
    return repr((*shared, *structural))
