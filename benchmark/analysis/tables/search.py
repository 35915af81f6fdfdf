"""Tables of a search: the score it is expected to report, who wins, and the variance between settings and seeds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.analysis.statistics.search import (
    Search,
    expected_ranks,
    expected_selected,
    optimism,
    probability_of_winning,
)
from benchmark.analysis.statistics.search_intervals import rank_intervals, winning_intervals
from benchmark.analysis.statistics.variance import variance_split
from benchmark.analysis.trials import (
    has_seeds,
    is_search,
    search_trials,
    setting,
    worst_scored,
)

SIZES = (1, 2, 5, 10, 20, 50, 100)


def searches(table: pd.DataFrame) -> Iterator[tuple[str, dict[str, Search]]]:
    """The losses' searches, in the table's order, for each data set with validation scores.

    Yields nothing if the table is not a search or its trials have no validation scores.
    """
    if not is_search(table) or "validation" not in table or "selected" not in table:
        return
    trials = search_trials(table)
    for dataset, rows in trials.groupby("dataset", sort=False):
        scored = rows[rows["status"] == "ok"]
        if scored.empty or scored[["validation", "selected"]].isna().to_numpy().any():
            continue
        validation, test = (worst_scored(rows, column) for column in ("validation", "selected"))
        yield (
            str(dataset),
            {
                str(name): Search.of(of_loss["value"], test.loc[of_loss.index, "value"])
                for name, of_loss in validation.groupby("name", sort=False)
            },
        )


def sizes(n: int) -> list[int]:
    """The numbers of samples k, up to n, for which a table has rows."""
    return sorted({k for k in SIZES if k < n} | {n})


def selected(table: pd.DataFrame) -> pd.DataFrame:
    """The expected test score of the trial that a search of k samples chooses by its validation score.

    ``optimism`` is how much too good the chosen trial's validation score is (``statistics.search.optimism``).
    """
    rows = []
    for dataset, found in searches(table):
        for name, search in found.items():
            n = len(search.test)
            for k in sizes(n):
                scored = int(np.isfinite(search.test).sum())
                rows.append(
                    {
                        "dataset": dataset,
                        "loss": name,
                        "k": k,
                        "n": n,
                        "expected_test": expected_selected(search, k),
                        "optimism": optimism(search, k) if k <= scored else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def winning(table: pd.DataFrame) -> pd.DataFrame:
    """The probability that one loss's search of k samples ends with a lower test score than another's, with its interval.

    Both searches choose by validation scores; the interval resamples both (``statistics.search_intervals``).
    """
    rows = []
    for dataset, found in searches(table):
        for first, second in combinations(found, 2):
            a, b = found[first], found[second]
            ks = sizes(min(len(a.test), len(b.test)))
            for k, (low, high) in zip(ks, winning_intervals(a, b, ks, np.random.default_rng(0)), strict=True):
                rows.append(
                    {
                        "dataset": dataset,
                        "first": first,
                        "second": second,
                        "k": k,
                        "n_first": len(a.test),
                        "n_second": len(b.test),
                        "probability": probability_of_winning(a, b, k),
                        "low": low,
                        "high": high,
                    }
                )
    return pd.DataFrame(rows)


def ranking(table: pd.DataFrame) -> pd.DataFrame:
    """The expected rank of each loss's search of k samples among all losses' searches, with its interval.

    k goes up to half of the samples, so that two separate searches fit. Searches choose by validation scores and are ranked by
    test scores.
    """
    rows = []
    for dataset, found in searches(table):
        n = min(len(search.test) for search in found.values())
        if len(found) < 2:
            continue
        ks, of_all = [k for k in sizes(n) if k <= max(1, n // 2)], list(found.values())
        for k, (low, high) in zip(ks, rank_intervals(of_all, ks, np.random.default_rng(0)), strict=True):
            for i, (name, rank) in enumerate(zip(found, expected_ranks(of_all, k), strict=True)):
                rows.append({"dataset": dataset, "loss": name, "k": k, "n": n, "rank": rank, "low": low[i], "high": high[i]})
    return pd.DataFrame(rows)


def variances(table: pd.DataFrame) -> pd.DataFrame:
    """How the variance of log scores splits between hyperparameter settings and seeds."""
    if not has_seeds(table):
        return pd.DataFrame()
    ended = worst_scored(table)
    ended = ended[np.isfinite(ended["value"]) & (ended["value"] > 0)]
    rows = []
    for (dataset, name), trials in ended.groupby(["dataset", "name"], sort=False):
        found = variance_split(np.log(trials["value"]), list(setting(trials)))
        if found is not None:
            rows.append(
                {
                    "dataset": dataset,
                    "loss": name,
                    "settings": setting(trials).nunique(),
                    "n": len(trials),
                    "variance_settings": found.settings,
                    "variance_seeds": found.seeds,
                    "share_of_settings": found.share,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)
