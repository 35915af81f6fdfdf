"""How far losses are apart, as factors: the two numbers of a headline, freed of what chance adds, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from benchmark.analysis.statistics.variance import NestedSplit, VarianceSplit, nested_split, variance_split


@dataclass(frozen=True)
class Factor:
    """A factor of 1 or more, with its interval; nan where it has none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Spread:
    """How far the geometric means of losses are apart, as factors.

    Attributes:
        typical: one standard deviation between losses of the logarithm: a typical loss is so many times above or below the
            average.
        within: the same between trials of one loss.
        best_to_worst: the largest mean over the smallest.
        observed: the same as it stands in the data, where chance drives means apart.
        share: of the logarithms' variance, what lies between losses, with its interval.
        losses, n: how many losses and trials.
    """

    typical: Factor
    within: float
    best_to_worst: Factor
    observed: float
    share: tuple[float, float, float]
    losses: int
    n: int


def spread_between(scores: ArrayLike, loss: Sequence[str], confidence: float = 0.95) -> Spread | None:
    """How far the losses are apart (one-way random effects of the scores' logarithms; see ``variance_split``).

    Means of n trials differ by chance. The variance between losses is freed of that, by analysis of variance, and its
    interval is the share's, at the variance within a loss that was found. Best to worst is the observed one with deviations
    shrunk to that variance (Louis 1984). Its interval holds for all pairs at once (Tukey and Kramer: Kramer 1956), so that it
    need not be told which loss is best: it contains the truth in 95 of 100 cases or more, if losses have one spread within.

    Args:
        scores: positive and finite, one of each trial.
        loss: of each trial.

    Returns:
        None for one loss, or one trial of each.
    """
    logs = pd.Series(np.log(np.asarray(scores, float)))
    groups = logs.groupby(pd.Series(list(loss)))
    split = variance_split(logs, list(loss), confidence)
    if split is None:
        return None
    means, sizes = groups.mean().to_numpy(float), groups.size().to_numpy(float)
    observed = float(np.ptp(means))
    k, df = len(means), len(logs) - len(means)
    alone = float(np.average((means - means.mean()) ** 2) * k / (k - 1))  # of means, with the chance in them
    shrunk = min(1.0, np.sqrt(split.settings / alone)) if alone > 0 else 0.0
    width = _studentized_range(confidence, k, df) * np.sqrt(split.seeds / 2) if split.seeds > 0 else 0.0
    apart = means[:, None] - means
    error = width * np.sqrt(1 / sizes[:, None] + 1 / sizes)
    least, most = float((apart - error)[apart >= 0].max()), float((apart + error)[apart >= 0].max())
    return Spread(
        typical_factor(split),
        float(np.exp(np.sqrt(split.seeds))),
        Factor(float(np.exp(observed * shrunk)), float(np.exp(max(0.0, least))), float(np.exp(most))),
        float(np.exp(observed)),
        (split.share, split.low, split.high),
        k,
        len(logs),
    )


def typical_factor(split: VarianceSplit) -> Factor:
    """One standard deviation between groups as a factor, of variances of logarithms; its interval is the share's."""
    ends = [split.settings] * 2
    if split.seeds > 0:
        ends = [split.seeds * q / (1 - q) if q < 1 else np.inf for q in (split.low, split.high)]
    return Factor(*(float(np.exp(np.sqrt(variance))) for variance in (split.settings, *ends)))


@cache
def _studentized_range(confidence: float, means: int, df: int) -> float:
    return float(stats.studentized_range.ppf(confidence, means, df))  # it takes half a second


def nested_without_each(values: ArrayLike, names: Sequence[str]) -> dict[str, NestedSplit]:
    """``nested_split`` without each loss in turn, by the one left out: how much hangs on one loss; nothing for two.

    Args:
        values: scores [losses, settings of each, seeds of each].
        names: of the losses.
    """
    scores = dict(zip(names, np.asarray(values, float), strict=True))
    if len(scores) < 3:
        return {}
    return {left_out: nested_split([scores[name] for name in names if name != left_out]) for left_out in names}


def meaning(factor: float) -> str:
    """What a factor between losses says, in a sentence."""
    return f"A factor of {factor:.2f} means: a typical loss is {factor:.2f} times above or below the average."
