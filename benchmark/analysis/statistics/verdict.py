"""Whether a loss is better than another, worse, or the same within a margin, and how many trials would decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from benchmark.analysis.statistics.differences import Difference, difference, probability_of_improvement

Word = Literal["better", "worse", "equivalent", "undecided"]
MOST = 100_000
"""More trials than this are called out of reach."""


@dataclass(frozen=True)
class Verdict:
    """One loss against one baseline, lower scores better.

    Attributes:
        word: ``better``: the mean is lower by more than the margin; ``worse``: higher by more than it; ``equivalent``: the
            means differ by less than it; ``undecided``: the interval leaves more than one of these open.
        low, high: the interval of the difference of the means, loss minus baseline.
        improvement: the probability that a run of the loss scores lower than one of the baseline, with its interval.
        more: further trials of each side after which an undecided case is decided with probability 0.8, if mean and spread
            stay as they are; 0 if decided, None if that is out of reach or a side has one trial only.
    """

    word: Word
    n: int
    n_baseline: int
    mean: float
    mean_baseline: float
    difference: float
    low: float
    high: float
    improvement: tuple[float, float, float]
    more: int | None


def judge(loss: ArrayLike, baseline: ArrayLike, margin: float, confidence: float = 0.95) -> Verdict:
    """The verdict on two samples of scores, from the Welch interval of the difference of their means.

    The three decisions cannot contradict each other, and each is wrong with a probability of 1 - confidence at most.
    """
    a, b = np.asarray(loss, float), np.asarray(baseline, float)
    found = difference(a, b)
    low, high = found.interval(confidence)
    word = decision(low, high, margin)
    more = 0 if word != "undecided" else more_trials(a, b, margin, confidence)
    return Verdict(
        word,
        len(a),
        len(b),
        float(a.mean()),
        float(b.mean()),
        found.estimate,
        low,
        high,
        probability_of_improvement(a, b, confidence),
        more,
    )


def decision(low: float, high: float, margin: float) -> Word:
    """What an interval of the difference says; nan leaves it undecided."""
    if high < -margin:
        return "better"
    if low > margin:
        return "worse"
    return "equivalent" if -margin < low and high < margin else "undecided"


def more_trials(loss: ArrayLike, baseline: ArrayLike, margin: float, confidence: float, power: float = 0.8) -> int | None:
    """Further trials of each side until the interval leaves the nearest boundary out with probability ``power``.

    None if it is unknown, with one trial on a side, or larger than ``MOST``.
    """
    a, b = np.asarray(loss, float), np.asarray(baseline, float)
    if min(len(a), len(b)) < 2:
        return None
    centre = float(a.mean() - b.mean())
    va, vb = float(a.var(ddof=1)), float(b.var(ddof=1))

    def decided(more: int) -> bool:
        na, nb = len(a) + more, len(b) + more
        pa, pb = va / na, vb / nb
        if pa + pb == 0:
            return abs(centre) != margin
        freedom = (pa + pb) ** 2 / (pa**2 / (na - 1) + pb**2 / (nb - 1))
        return _power(Difference(centre, float(np.sqrt(pa + pb)), freedom), margin, confidence) >= power

    if not decided(MOST):
        return None
    low, high = 0, MOST  # decided(high) holds throughout, and undecided now means that one trial more is the least
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high


def _power(expected: Difference, margin: float, confidence: float) -> float:
    """The probability that the interval decides, if the true difference and its error are these (a normal approximation)."""
    half = special.stdtrit(expected.freedom, (1 + confidence) / 2)
    up, down = (margin - expected.estimate) / expected.error, (-margin - expected.estimate) / expected.error
    better, worse = special.ndtr(down - half), special.ndtr(-up - half)
    return float(better + worse + max(0.0, special.ndtr(up - half) - special.ndtr(down + half)))
