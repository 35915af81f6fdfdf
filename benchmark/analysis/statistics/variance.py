"""Where the spread of scores comes from: the seed, the setting, the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class VarianceSplit:
    """How the variance of scores splits.

    Attributes:
        settings: the variance between hyperparameter settings.
        seeds: the variance between seeds of one setting.
        share: ``settings`` divided by the sum of both; nan if all scores are equal.
        low, high: the interval of the share.
    """

    settings: float
    seeds: float
    share: float
    low: float
    high: float


def variance_split(values: ArrayLike, setting: Sequence[object], confidence: float = 0.95) -> VarianceSplit | None:
    """The variance components of a one-way random-effects model, by analysis of variance (Searle 1971).

    The interval of the share is exact for normal values with equally many seeds per setting, otherwise approximate.

    Args:
        values: one score per trial.
        setting: the setting of each trial.

    Returns:
        None if there is only one setting, if no setting has two seeds, or if a score is not finite.

    Examples:
        >>> import benchmark
        >>> found = benchmark.variance_split([1, 3, 11, 13], setting=["a", "a", "b", "b"])
        >>> found.seeds, found.settings, round(found.share, 2)
        (2.0, 49.0, 0.96)
    """
    scores = pd.Series(np.asarray(values, float))
    groups = scores.groupby(pd.Series(list(setting)).astype(str))
    sizes = groups.size().to_numpy(float)
    n, a = float(sizes.sum()), len(sizes)
    if a < 2 or n <= a or not np.isfinite(scores).all():
        return None
    within = float(((scores - groups.transform("mean")) ** 2).sum() / (n - a))
    between = float((sizes * (groups.mean() - scores.mean()) ** 2).sum() / (a - 1))
    seeds_each = (n - float((sizes**2).sum()) / n) / (a - 1)
    settings = max(0.0, (between - within) / seeds_each)
    if settings + within == 0:
        return VarianceSplit(0.0, 0.0, np.nan, np.nan, np.nan)
    if within == 0:
        return VarianceSplit(settings, 0.0, 1.0, 1.0, 1.0)

    def share(ratio: float) -> float:
        return min(1.0, max(0.0, (ratio - 1) / (ratio + seeds_each - 1)))

    ratio, tail = between / within, (1 - confidence) / 2
    low, high = (share(ratio / float(stats.f.ppf(q, a - 1, n - a))) for q in (1 - tail, tail))
    return VarianceSplit(settings, within, settings / (settings + within), low, high)


@dataclass(frozen=True)
class NestedSplit:
    """How the variance of scores splits between losses, settings of one loss, and seeds of one setting.

    Attributes:
        losses, settings, seeds: the three variances, at least 0.
        p: the p-value of the hypothesis that losses differ no more than settings of one loss do.
    """

    losses: float
    settings: float
    seeds: float
    p: float


def nested_split(values: ArrayLike) -> NestedSplit:
    """The variance components of a balanced nested design, by analysis of variance (Searle 1971, chapter 11).

    The test compares the mean squares of losses and of settings within a loss; it is exact for normal values.

    Args:
        values: scores [losses, settings of each, seeds of each], at least two of each, finite.

    Raises:
        ValueError: the values have another shape or are not finite.
    """
    scores = np.asarray(values, float)
    if scores.ndim != 3 or min(scores.shape) < 2 or not np.isfinite(scores).all():
        raise ValueError(f"values {scores.shape}: finite [losses, settings, seeds] are needed, two or more of each")
    a, b, n = scores.shape
    of_setting, of_loss = scores.mean(2), scores.mean((1, 2))
    seeds = float(np.square(scores - of_setting[..., None]).sum() / (a * b * (n - 1)))
    settings = float(n * np.square(of_setting - of_loss[:, None]).sum() / (a * (b - 1)))
    losses = float(b * n * np.square(of_loss - scores.mean()).sum() / (a - 1))
    p = float(stats.f.sf(losses / settings, a - 1, a * (b - 1))) if settings > 0 else float(losses == 0)
    return NestedSplit(max(0.0, (losses - settings) / (b * n)), max(0.0, (settings - seeds) / n), seeds, p)
