"""How far losses are apart, as factors: the two main numbers, corrected for chance, with intervals."""

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
    """A factor of 1 or more, with its interval; nan if there is no interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Spread:
    """How far the geometric means of losses are apart, as factors.

    Attributes:
        typical: one standard deviation between losses, as a factor: a typical loss is this many times above or below the
            average.
        within: one standard deviation between trials of one loss, as a factor.
        best_to_worst: the largest mean divided by the smallest.
        observed: the same without correction for chance, which drives the means apart.
        share: the losses' share of the variance of log scores, with its interval.
        losses, n: the numbers of losses and trials.
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

    Means of n trials differ by chance. Analysis of variance corrects the variance between losses for that; its interval is
    that of the share, at the estimated variance within a loss. Best to worst is the observed ratio with deviations shrunk to
    the corrected variance (Louis 1984). Its interval holds for all pairs at once (Tukey and Kramer: Kramer 1956), so the best
    loss need not be known in advance. It contains the truth in at least 95 of 100 cases if all losses have the same variance.

    Args:
        scores: positive and finite, one per trial.
        loss: the loss of each trial.

    Returns:
        None for one loss, or one trial of each loss.
    """
    logs = pd.Series(np.log(np.asarray(scores, float)))
    groups = logs.groupby(pd.Series(list(loss)))
    split = variance_split(logs, list(loss), confidence)
    if split is None:
        return None
    means, sizes = groups.mean().to_numpy(float), groups.size().to_numpy(float)
    observed = float(np.ptp(means))
    k, df = len(means), len(logs) - len(means)
    alone = float(np.average((means - means.mean()) ** 2) * k / (k - 1))  # the variance of means, chance included
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
    """One standard deviation between groups of log scores, as a factor; its interval is derived from the share's."""
    ends = [split.settings] * 2
    if split.seeds > 0:
        ends = [split.seeds * q / (1 - q) if q < 1 else np.inf for q in (split.low, split.high)]
    return Factor(*(float(np.exp(np.sqrt(variance))) for variance in (split.settings, *ends)))


@cache
def _studentized_range(confidence: float, means: int, df: int) -> float:
    return float(stats.studentized_range.ppf(confidence, means, df))  # it takes half a second


def nested_without_each(values: ArrayLike, names: Sequence[str]) -> dict[str, NestedSplit]:
    """``nested_split`` without each loss in turn, by the loss left out; shows how much depends on one loss. Empty for two.

    Args:
        values: scores [losses, settings of each, seeds of each].
        names: the losses' names.
    """
    scores = dict(zip(names, np.asarray(values, float), strict=True))
    if len(scores) < 3:
        return {}
    return {left_out: nested_split([scores[name] for name in names if name != left_out]) for left_out in names}


def meaning(factor: float) -> str:
    """A sentence that explains a factor between losses."""
    return f"A factor of {factor:.2f} means: a typical loss is {factor:.2f} times above or below the average."
