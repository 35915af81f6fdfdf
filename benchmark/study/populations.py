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
    """How many trials train together on a ``cpu`` or ``cuda`` unless told otherwise."""
    return GPU_POPULATION if device == "cuda" else CPU_POPULATION


@dataclass(frozen=True)
class Population:
    """Trials of one cell, budget and structure, in the order of their study.

    Which trials share a population is fixed by the study alone, since a population's size is part of its arithmetic.
    """

    trials: tuple[Trial, ...]

    @cached_property
    def name(self) -> str:
        """The trial's id; of several, a hash of theirs."""
        ids = [t.id for t in self.trials]
        return ids[0] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()[:16]

    @property
    def steps(self) -> int:
        return self.trials[0].budget.steps

    @cached_property
    def structure(self) -> str:
        """All that its trials share."""
        return structure(self.trials[0])


def in_populations(trials: Iterable[Trial], size: int) -> list[Population]:
    """The trials in populations of at most ``size``; populations that share a compiled step follow each other."""
    alike: dict[str, list[Trial]] = {}
    for trial in trials:
        alike.setdefault(structure(trial), []).append(trial)
    return [Population(tuple(members[i : i + size])) for members in alike.values() for i in range(0, len(members), size)]


def structure(trial: Trial) -> str:
    """All that the members of a population share."""
    structural = [trial.setting.get(name) for name in STRUCTURAL]
    shared = (trial.cell, trial.precision, trial.budget, trial.metrics, trial.batch_norm, trial.validation)
    return repr((*shared, *structural))
