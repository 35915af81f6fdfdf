"""Tables of a crossed study: which choice matters how much, what a search of each level finds, and every combination.

Scores enter shares and means by their logarithms. A diverged or failed trial counts as the worst score of its data set, and
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
"""What no factor explains: other settings, seeds, interactions of more than two choices, chance."""
BUDGETS = (1, 2, 5, 10, 20, 50, 100)


def factor_shares(table: pd.DataFrame) -> pd.DataFrame:
    """The share of the variance of log scores that goes to each choice and to each two together, the largest first.

    Of the GANs of a table that crosses losses with other choices (``crossing.crossed_factors``); of a search the learning rate,
    by a cubic in its logarithm, is among the choices. ``choices`` counts those of a row: one, or the two of an interaction; the
    last row, of none, is what is left. ``statistics.crossed`` says how.
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
    """The lowest score that k trials of each level of each choice are expected to have, with its interval.

    The k are drawn without replacement from all trials with that level, whatever else they have, for k up to half of them.
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
    """Every combination of the crossed choices: the geometric mean of its scores with its interval, and the lowest."""
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
