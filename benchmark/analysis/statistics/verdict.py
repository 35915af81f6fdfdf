"""Is a loss better than another, worse, or equivalent within a margin? And how many trials would decide it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from benchmark.analysis.statistics.differences import difference, probability_of_improvement

Decision = Literal["better", "worse", "equivalent", "undecided"]
MOST = 100_000
"""The number of further trials is not computed if it is larger than this."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One loss against one baseline; lower scores are better.

    Attributes:
        decision: ``better`` if the mean is lower by more than the margin, ``worse`` if it is higher by more than the margin,
            ``equivalent`` if the means differ by less; ``undecided`` if the interval allows more than one of these.
        low, high: the interval of the difference of the means, loss minus baseline.
        improvement: the probability that a run of the loss scores lower than a run of the baseline, and the ends of its
            interval.
        more: the further trials per side after which an undecided case is decided with probability 0.8, if mean and spread do
            not change; 0 if it is decided, None if more than ``MOST`` are needed or a side has only one trial.
    """

    decision: Decision
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

    The three decisions cannot contradict each other, and each is wrong with a probability of at most 1 - confidence.

    Examples:
        >>> import benchmark
        >>> benchmark.judge([48, 50, 52], [68, 70, 72], margin=5).decision
        'better'
    """
    a, b = np.asarray(loss, float), np.asarray(baseline, float)
    found = difference(a, b, confidence)
    decision = decide(found.low, found.high, margin)
    return Verdict(
        decision=decision,
        n=len(a),
        n_baseline=len(b),
        mean=float(a.mean()),
        mean_baseline=float(b.mean()),
        difference=found.estimate,
        low=found.low,
        high=found.high,
        improvement=probability_of_improvement(a, b, confidence),
        more=more_trials(a, b, margin, confidence) if decision == "undecided" else 0,
    )


def decide(low: float, high: float, margin: float) -> Decision:
    """The decision that follows from the interval of the difference, loss minus baseline; undecided if its ends are nan."""
    if high < -margin:
        return "better"
    if low > margin:
        return "worse"
    return "equivalent" if -margin < low and high < margin else "undecided"


def more_trials(loss: ArrayLike, baseline: ArrayLike, margin: float, confidence: float, power: float = 0.8) -> int | None:
    """The further trials per side that decide the case with probability ``power``, if mean and spread do not change.

    None if a side has only one trial, so that its spread is unknown, or if more than ``MOST`` are needed.
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
        return _power(centre, float(np.sqrt(pa + pb)), freedom, margin, confidence) >= power

    if not decided(MOST):
        return None
    low, high = 0, MOST  # decided(high) stays true; low is 0 or a number of trials that is too few
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high


def _power(difference: float, error: float, freedom: float, margin: float, confidence: float) -> float:
    """The probability that the interval decides, if the true difference and its standard error are these (approximately)."""
    half = special.stdtrit(freedom, (1 + confidence) / 2)
    up, down = (margin - difference) / error, (-margin - difference) / error
    better, worse = special.ndtr(down - half), special.ndtr(-up - half)
    return float(better + worse + max(0.0, special.ndtr(up - half) - special.ndtr(down + half)))
