"""Hyperparameter ranges: what a loss declares and a search samples."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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


KINDS = ("uniform", "log_uniform", "choice", "fixed")
"""What study files call the ranges."""


def read_range(given: Any) -> Range:
    """The range that a table such as ``{"log_uniform": [-5, -2]}`` describes; a range is returned as it is.

    Raises:
        ValueError: neither, or one whose values are not finite numbers.
    """
    table = as_table(given)
    if not isinstance(table, Mapping) or len(table) != 1 or not table.keys() <= {*KINDS}:
        raise ValueError(f"a table with one of {', '.join(KINDS)} is needed, such as {{ uniform = [0, 1] }}.")
    ((kind, value),) = table.items()
    if kind == "fixed":
        if not is_number(value):
            raise ValueError("fixed needs a number, true or false.")
        made: Range = Fixed(value)
    elif not isinstance(value, list | tuple) or not value or not all(is_number(v) for v in value):
        raise ValueError(f"{kind} needs a list of numbers.")
    elif kind == "choice":
        made = Choice(tuple(value))
    elif len(value) != 2 or not value[0] < value[1]:
        raise ValueError(f"{kind} needs [low, high] with low below high.")
    elif kind == "log_uniform" and not -308 <= value[0] < value[1] <= 308:
        raise ValueError("log_uniform needs exponents of 10 between -308 and 308.")
    else:
        low, high = map(float, value)
        made = Uniform(low, high) if kind == "uniform" else LogUniform(low, high)
    return made if given is table else given


def as_table(given: Any) -> Any:
    """A range as the table that ``read_range`` reads; anything else as it is."""
    match given:
        case Uniform(low, high) | LogUniform(low, high):
            return {"uniform" if isinstance(given, Uniform) else "log_uniform": [low, high]}
        case Choice(options):
            return {"choice": options}
        case Fixed(value):
            return {"fixed": value}
    return given


def is_number(value: Any) -> bool:
    """Whether the value is a number that a float can hold, true or false."""
    return isinstance(value, bool | int | float) and abs(value) <= sys.float_info.max


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
