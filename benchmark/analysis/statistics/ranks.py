"""Ranks of losses over several data sets, and the difference of mean ranks that is significant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats


@dataclass(frozen=True)
class Ranks:
    """Mean ranks over data sets, best first.

    Attributes:
        mean: the mean rank of each loss; 1 for a loss that is best everywhere.
        datasets: the number of data sets.
        p: the p-value of the hypothesis that all losses rank alike (Friedman 1937).
        critical: a smaller difference of mean ranks is not significant at 5% (Nemenyi 1963, as in Demšar 2006).
    """

    mean: pd.Series
    datasets: int
    p: float
    critical: float

    def groups(self) -> list[list[str]]:
        """The largest groups of losses, best first, whose mean ranks differ by less than the critical difference."""
        names = list(self.mean.index)
        found: list[list[str]] = []
        for i in range(len(names)):
            run = [n for n in names[i:] if self.mean[n] - self.mean[names[i]] < self.critical]
            if len(run) > 1 and not any(set(run) <= set(other) for other in found):
                found.append(run)
        return found


def critical_difference(losses: int, datasets: int, alpha: float = 0.05) -> float:
    """q sqrt(k (k + 1) / (6 N)), where q is the quantile of the studentised range for k losses, divided by sqrt(2)."""
    q = float(stats.studentized_range.ppf(1 - alpha, losses, np.inf)) / np.sqrt(2)
    return float(q * np.sqrt(losses * (losses + 1) / (6 * datasets)))


def mean_ranks(scores: pd.DataFrame) -> Ranks:
    """The ranks of a table of scores with a row per data set and a column per loss; lower scores are better.

    Raises:
        ValueError: there are fewer than two data sets or three losses, or a score is missing.

    Examples:
        >>> import benchmark, pandas as pd
        >>> scores = pd.DataFrame({"A": [1, 2], "B": [3, 1], "C": [5, 5]}, index=["mnist", "fashion-mnist"])
        >>> benchmark.mean_ranks(scores).mean.to_dict()
        {'A': 1.5, 'B': 1.5, 'C': 3.0}
    """
    datasets, losses = scores.shape
    if datasets < 2 or losses < 3 or scores.isna().to_numpy().any():
        raise ValueError(f"{datasets} data sets and {losses} losses; 2 and 3 are needed, each loss on each data set")
    ranks = scores.rank(axis=1)
    values = [ranks[c].to_numpy(float) for c in ranks]
    tied = (ranks.nunique(axis=1) == 1).all()  # all losses are equal, and the test would be 0 / 0
    p = 1.0 if tied else float(stats.friedmanchisquare(*values).pvalue)
    return Ranks(ranks.mean().sort_values(kind="stable"), datasets, p, critical_difference(losses, datasets))


def ranks_over_datasets(trials: pd.DataFrame) -> Ranks | None:
    """The losses' mean ranks by mean score, over the data sets on which all of them have finite scores.

    Args:
        trials: one row per trial that ended, with columns ``dataset``, ``name`` and ``value``, as from ``worst_scored``.

    Returns:
        None for fewer than two such data sets or fewer than three losses.
    """
    scores = trials.pivot_table(index="dataset", columns="name", values="value", aggfunc="mean")
    scores = scores.replace(np.inf, np.nan).dropna()
    if scores.shape[0] < 2 or scores.shape[1] < 3:
        return None
    return mean_ranks(scores)
