"""What a claim is: a sentence with its source, what is measured, and how a table of measurements becomes a verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from benchmark.claims.studies import Studies

Word = Literal["supported", "not supported", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """What the measurements say about the claim.

    Attributes:
        word: ``undecided`` if the intervals allow both.
        because: one to three sentences with the numbers that decide, their n and intervals.
        beside: what else was found, a sentence or two each.
    """

    word: Word
    because: str
    beside: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole text, on one line."""
        return " ".join((self.because, *self.beside))


class Claim(ABC):
    """A statement about our losses that can be true or false; each has a file of its own.

    Attributes:
        key: its name, which is its file's with ``-`` for ``_``.
        number: its place on the page.
        title: a few words.
        sentence: the claim in one sentence, in our words.
        source: who makes it, with section, equation or figure.
        measured: what is measured, on what and how often; a few plain sentences each.
        criterion: when the claim counts as supported, decided before measuring.
        not_seen: what this measurement cannot see, one thing each.
    """

    key: ClassVar[str] = ""
    number: ClassVar[int]
    title: ClassVar[str]
    sentence: ClassVar[str]
    source: ClassVar[str]
    measured: ClassVar[tuple[str, ...]]
    criterion: ClassVar[str]
    not_seen: ClassVar[tuple[str, ...]]

    @abstractmethod
    def measure(self, studies: Studies) -> pd.DataFrame:
        """The measurements, one row each, for verdict and picture; trials that have a result are not trained again."""

    @abstractmethod
    def judge(self, table: pd.DataFrame) -> Verdict:
        """The verdict from the measurements."""

    @abstractmethod
    def draw(self, table: pd.DataFrame) -> Figure:
        """A picture of the mechanism behind the claim, from the measurements."""
