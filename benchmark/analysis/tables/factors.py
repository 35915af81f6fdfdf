"""Tables of a crossed study: how much each choice matters, the best score at each level, and every combination.

Shares and means use the logarithms of scores. A diverged or failed trial counts as the worst score of its data set, and
the column ``without_score`` counts such trials.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.crossing import SETTINGS, crossed_trials
from benchmark.analysis.names import hyperparameter_name
from benchmark.analysis.statistics.best_of import best_of
from benchmark.analysis.statistics.crossed import crossed_shares
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.tables.importance import RATE, with_rate, without_score

RATE_NAME = hyperparameter_name(RATE)
REST = "everything else"
"""The part that no factor explains: other settings, seeds, interactions of more than two choices, chance."""
BUDGETS = (1, 2, 5, 10, 20, 50, 100)


def factor_shares(table: pd.DataFrame) -> pd.DataFrame:
    """The share of the variance of log scores explained by each choice and by each pair of choices, the largest first.

    It covers the GANs of a table that crosses losses with other choices (``crossing.crossed_factors``). In a search a cubic in
    the log learning rate counts as a choice. The column ``choices`` is 1 for a single choice, 2 for an interaction,
    and 0 for the last row, the unexplained rest. See ``statistics.crossed`` for the method.
    """
    rows: list[dict[str, Any]] = []
    for dataset, over, trials, levels in crossed_trials(table):
        rate = with_rate(trials)
        given = (RATE_NAME, rate["log_rate"]) if over == SETTINGS and len(rate) == len(trials) else None
        found = crossed_shares(trials["log"], levels, np.random.default_rng(0), covariate=given)
        if found is None:
            continue
        about = {"dataset": dataset, "over": over, "n": found.n, "combinations": found.cells}
        about["without_score"] = without_score(trials)
        named = [(" x ".join(term), len(term), share) for term, share in found.shares.items()] + [(REST, 0, found.rest)]
        for factor, choices, share in named:
            ends = {"share": share.share, "low": share.low, "high": share.high}
            rows.append(about | {"factor": factor, "choices": choices} | ends)
    columns = ["dataset", "factor", "choices", "over", "n", "combinations", "without_score", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def factor_levels(table: pd.DataFrame) -> pd.DataFrame:
    """The expected lowest score among k trials at each level of each choice, with its interval.

    The k trials are drawn without replacement from all trials at that level, for k up to half of them; other choices vary.
    """
    rows: list[dict[str, Any]] = []
    for dataset, over, trials, levels in crossed_trials(table):
        for factor in levels:
            for level, of_level in trials.groupby(levels[factor], observed=True):
                n = len(of_level)
                ks = [k for k in BUDGETS if k <= max(1, n // 2)]
                found = best_of(of_level["value"], ks, np.random.default_rng(0))
                for k, (expected, low, high) in zip(ks, found, strict=True):
                    about = {"dataset": dataset, "factor": factor, "level": level, "over": over, "k": k, "n": n}
                    about["without_score"] = without_score(of_level)
                    rows.append(about | {"best_of_k": expected, "low": low, "high": high})
    return pd.DataFrame(rows)


def combinations(table: pd.DataFrame) -> pd.DataFrame:
    """Every combination of the crossed choices: the geometric mean of its scores with its interval, and the lowest score."""
    rows: list[dict[str, Any]] = []
    for dataset, over, trials, levels in crossed_trials(table):
        for combination, of_cell in trials.groupby([levels[factor] for factor in levels], observed=True):
            low, high = mean_interval(of_cell["log"])
            numbers = {
                "over": over,
                "n": len(of_cell),
                "without_score": without_score(of_cell),
                "geometric_mean": float(np.exp(of_cell["log"].mean())),
                "low": float(np.exp(low)),
                "high": float(np.exp(high)),
                "lowest": float(of_cell["value"].min()),
            }
            rows.append({"dataset": dataset, **dict(zip(map(str, levels.columns), combination, strict=True)), **numbers})
    return pd.DataFrame(rows)
