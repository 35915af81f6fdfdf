"""Hyperparameters: the values they may have, which a loss declares, and the ranges that a search samples."""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from benchmark.plugins import UserError

Value = bool | int | float
Setting = dict[str, Value]
"""A value for every hyperparameter of a loss, by name."""
STRUCTURAL = ("disc_iters", "discriminator_batch_norm")
"""Hyperparameters that change the structure of the computation; all members of a population have the same values."""


@dataclass(frozen=True)
class Domain:
    """The values that a hyperparameter may have: ``value in domain`` says whether one is accepted; infinite and NaN never are.

    Attributes:
        kind: the type of the values.
        least, above: the lower bound, which is accepted itself (``least``) or not (``above``).
        most, below: the upper bound, which is accepted itself (``most``) or not (``below``).

    Examples:
        >>> from benchmark import Domain
        >>> beta = Domain(least=0, below=1)
        >>> 0 in beta, 1 in beta
        (True, False)
        >>> print(beta)
        a number of 0 or more and below 1
    """

    kind: Literal["number", "whole number", "yes or no"] = "number"
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool) or self.kind == "yes or no":
            return isinstance(value, bool) and self.kind == "yes or no"
        if not isinstance(value, int if self.kind == "whole number" else int | float) or not is_number(value):
            return False
        return self.has_between_its_bounds(value) and value not in (self.above, self.below)

    def has_between_its_bounds(self, value: Any) -> bool:
        """Whether a number is neither below the lower bound nor above the upper one; it may be equal to a bound."""
        low, high = (a if b is None else b for a, b in ((self.least, self.above), (self.most, self.below)))
        return (low is None or value >= low) and (high is None or value <= high)

    def covers(self, values: Range) -> bool:
        """Whether every draw of the range is accepted; a draw is never exactly the end of a continuous range."""
        match values:
            case Fixed(value):
                return value in self
            case Choice(options):
                return all(value in self for value in options)
            case Uniform(low, high):
                ends = low, high
            case LogUniform(low, high):
                ends = 10.0**low, 10.0**high
            case _:
                return True  # a user's own range: its draws are checked instead
        return self.kind == "number" and all(is_number(end) and self.has_between_its_bounds(end) for end in ends)

    def __str__(self) -> str:
        if self.kind == "yes or no":
            return "true or false"
        lower = [("{:g} or more", self.least), ("above {:g}", self.above)]
        upper = [("{:g} or less", self.most), ("below {:g}", self.below)]
        bounds = " and ".join(text.format(bound) for text, bound in lower + upper if bound is not None)
        return f"a {self.kind} {'of ' if bounds[:1].isdecimal() else ''}{bounds}".strip()


class Range(Protocol):
    """The values a hyperparameter may take, and how a random search draws one."""

    def draw(self, rng: np.random.Generator) -> Value: ...


@dataclass(frozen=True)
class Uniform:
    """Values in [low, high), all equally likely.

    Examples:
        >>> import numpy as np
        >>> from benchmark import Uniform
        >>> 0 <= Uniform(0, 10).draw(np.random.default_rng(0)) < 10
        True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"Uniform({self.low}, {self.high}): low must be below high")

    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class LogUniform:
    """Values 10^u with u uniform in [low, high): ``LogUniform(-5, -2)`` is the study's 10^U[-5,-2].

    Raises:
        ValueError: low is not below high, or both must be values given instead of exponents (``are_values``).

    Examples:
        >>> import numpy as np
        >>> from benchmark import LogUniform
        >>> 1e-5 <= LogUniform(-5, -2).draw(np.random.default_rng(0)) < 1e-2
        True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"LogUniform({self.low}, {self.high}): low must be below high")
        if are_values(self.low, self.high):
            low, high = self.low, self.high
            raise ValueError(
                f"log_uniform needs exponents of 10: these are 10^{low:g} to 10^{high:g} = {10**low:.5g} to {10**high:.5g}. "
                f"Did you mean [{math.log10(low):.4g}, {math.log10(high):.4g}], values from {low:g} to {high:g}?"
            )

    def draw(self, rng: np.random.Generator) -> float:
        return float(10 ** rng.uniform(self.low, self.high))


def are_values(low: float, high: float) -> bool:
    """Whether the ends of a logarithmic range must have been given as values, not as exponents.

    This is so if both are positive and, as values, span a decade or more, but as exponents less than one decade, which needs
    no logarithm, or nine or more, which no hyperparameter spans.
    """
    return low > 0 and high <= 308 and high / low >= 10 and not 1 <= high - low < 9


@dataclass(frozen=True)
class Choice:
    """One of the options, all equally likely.

    Examples:
        >>> import numpy as np
        >>> from benchmark import Choice
        >>> Choice((1, 5)).draw(np.random.default_rng(0)) in (1, 5)
        True
    """

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise ValueError("Choice(): at least one option is needed")

    def draw(self, rng: np.random.Generator) -> Value:
        return self.options[int(rng.integers(len(self.options)))]


@dataclass(frozen=True)
class Fixed:
    """Always the same value.

    Examples:
        >>> import numpy as np
        >>> from benchmark import Fixed
        >>> Fixed(0.5).draw(np.random.default_rng(0))
        0.5
    """

    value: Value

    def draw(self, rng: np.random.Generator) -> Value:
        return self.value


def in_words(values: Range) -> str:
    """The values that the range draws, in words: ``1e-05 to 0.01, log-uniform``."""
    match values:
        case LogUniform(low, high):
            return f"{10.0**low:.4g} to {10.0**high:.4g}, log-uniform"
        case Uniform(low, high):
            return f"{low:g} to {high:g}, uniform"
        case Choice(options):
            return " or ".join(map(str, options))
        case Fixed(value):
            return f"always {value}"
    return type(values).__name__  # a user's own kind


KINDS = ("uniform", "log_uniform", "choice", "fixed")
"""The names of the ranges in study files."""


def read_range(given: Any) -> Range:
    """The range that a table such as ``{"log_uniform": [-5, -2]}`` describes; a range is returned unchanged.

    Raises:
        ValueError: it is neither of them, or its values are not finite numbers.
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
    """A range as the table that ``read_range`` reads; anything else unchanged."""
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


def check_setting(setting: Mapping[str, Any], domains: Mapping[str, Domain], loss: str) -> None:
    """Checks that the setting has a value of its domain for each hyperparameter of the loss, and no other.

    Raises:
        UserError: a value is missing, or is not accepted, or belongs to no hyperparameter of the loss.
    """
    if missing := domains.keys() - setting.keys():
        raise UserError(f"The setting of {loss} lacks {', '.join(sorted(missing))}.")
    if other := setting.keys() - domains.keys():
        raise UserError(f"{loss} has no hyperparameter {min(other)}. It has: {', '.join(domains)}.")
    for name, domain in domains.items():
        if setting[name] not in domain:
            raise UserError(f"{name} = {setting[name]!r}: {loss} needs {domain}.")


def sample(ranges: Mapping[str, Range], count: int, *stream: str) -> list[Setting]:
    """The first ``count`` random settings of the stream named by ``stream`` (such as the loss and the data set).

    Every hyperparameter has a random generator of its own, seeded by the stream and its name, so neither asking for more
    settings nor adding a hyperparameter changes the values that were there.
    """
    drawn = {}
    for name, values in ranges.items():
        digest = hashlib.sha256("/".join((*stream, name)).encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
        drawn[name] = [values.draw(rng) for _ in range(count)]
    return [{name: column[i] for name, column in drawn.items()} for i in range(count)]


DOMAINS = {
    "learning_rate": Domain(above=0),
    "beta1": Domain(least=0, below=1),
    "disc_iters": Domain("whole number", least=1),
    "discriminator_batch_norm": Domain("yes or no"),
}
"""The hyperparameters common to all losses."""

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
