"""Hyperparameter ranges: what a loss declares and a search samples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Value = bool | int | float
Setting = dict[str, Value]
"""A value for every hyperparameter of a loss, by name."""
STRUCTURAL = ("disc_iters", "discriminator_batch_norm")
"""Hyperparameters that fix the computation itself: all members of a population share them."""


class Range(Protocol):
    """The values a hyperparameter may take, and how a random search draws one."""

    def draw(self, rng: np.random.Generator) -> Value: ...


@dataclass(frozen=True)
class Uniform:
    """Values in [low, high), all equally likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"Uniform({self.low}, {self.high}): low must be below high")

    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class LogUniform:
    """Values 10^u with u uniform in [low, high): ``LogUniform(-5, -2)`` is the study's 10^U[-5,-2]."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"LogUniform({self.low}, {self.high}): low must be below high")

    def draw(self, rng: np.random.Generator) -> float:
        return float(10 ** rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class Choice:
    """One of the options, all equally likely."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise ValueError("Choice(): at least one option is needed")

    def draw(self, rng: np.random.Generator) -> Value:
        return self.options[int(rng.integers(len(self.options)))]


@dataclass(frozen=True)
class Fixed:
    """Always the same value."""

    value: Value

    def draw(self, rng: np.random.Generator) -> Value:
        return self.value


def sample(ranges: Mapping[str, Range], count: int, *stream: str) -> list[Setting]:
    """The first ``count`` random settings of the stream named by ``stream`` (the loss and the data set, say).

    Every hyperparameter has a random generator of its own, seeded by the stream and its name, so neither asking for more
    settings nor adding a hyperparameter changes the values that were there.
    """
    drawn = {}
    for name, values in ranges.items():
        digest = hashlib.sha256("/".join((*stream, name)).encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
        drawn[name] = [values.draw(rng) for _ in range(count)]
    return [{name: column[i] for name, column in drawn.items()} for i in range(count)]


# Lucic et al. 2018, section 5 and its appendix: the ranges common to all losses.
WIDE: dict[str, Range] = {
    "learning_rate": LogUniform(-5, -2),
    "beta1": Uniform(0, 1),
    "disc_iters": Choice((1, 5)),
    "discriminator_batch_norm": Choice((True, False)),
}
NARROW: dict[str, Range] = {
    "learning_rate": LogUniform(-4, -3),
    "beta1": Fixed(0.5),
    "disc_iters": Fixed(1),
    "discriminator_batch_norm": Choice((True, False)),
}
