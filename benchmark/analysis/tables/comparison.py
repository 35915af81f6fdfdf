"""Tables that compare losses: their scores, the best of k, pairs, ranks, failures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmark.analysis.names import key, loss_names
from benchmark.analysis.paper import formulas
from benchmark.analysis.statistics.differences import pairwise
from benchmark.analysis.statistics.intervals import bootstrap_interval, interquartile_mean
from benchmark.analysis.statistics.minimum import expected_minimum, minimum_curve
from benchmark.analysis.statistics.ranks import ranks_over_datasets
from benchmark.analysis.summary import summary_of
from benchmark.analysis.trials import (
    compared_trials,
    curve_trials,
    has_seeds,
    is_search,
    scored_before_divergence,
    search_trials,
    seed_trials,
    values_by_name,
    worst_scored,
)


def _scores_of_each_loss(trials: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray]]:
    """Data set, loss and scores, for each loss on each data set where at least one trial has a score."""
    ended = worst_scored(trials)
    for dataset in dict.fromkeys(ended["dataset"]):
        for name, values in values_by_name(ended, dataset).items():
            if np.isfinite(values).all():
                yield dataset, name, values


def summaries(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The summary of a search or of seeds; if the table has both, one of each, since their scores have no common mean."""
    if is_search(table) and has_seeds(table):
        return {"summary-search": summary_of(search_trials(table)), "summary-seeds": summary_of(seed_trials(table))}
    return {"summary": summary_of(table)}


def robust(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and interquartile mean of the compared trials with BCa bootstrap intervals, and the median."""
    trials, over = compared_trials(table)
    rows = []
    for dataset, name, values in _scores_of_each_loss(trials):
        rng = np.random.default_rng(0)
        low, high = bootstrap_interval(values, np.mean, rng)
        iqm_low, iqm_high = bootstrap_interval(values, interquartile_mean, rng)
        rows.append(
            {
                "dataset": dataset,
                "loss": name,
                "over": over,
                "n": len(values),
                "mean": values.mean(),
                "low": low,
                "high": high,
                "interquartile_mean": float(interquartile_mean(values)),
                "iqm_low": iqm_low,
                "iqm_high": iqm_high,
                "median": float(np.median(values)),
            }
        )
    return pd.DataFrame(rows)


def minima(table: pd.DataFrame) -> pd.DataFrame:
    """The expected minimum after 1, 2, 5, 10, ... trials and after all trials, with its 95% band, by the paper's bootstrap.

    ``unbiased`` is the expected minimum for draws without replacement.
    """
    trials, unit = curve_trials(table)
    rows = []
    for dataset, name, values in _scores_of_each_loss(trials):
        n = len(values)
        ks = sorted({k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500) if k < n} | {n})
        for k, expected, low, high in minimum_curve(values, ks=ks).itertuples(index=False):
            rows.append(
                {
                    "dataset": dataset,
                    "loss": name,
                    "k": k,
                    "of": unit,
                    "n": n,
                    "expected": expected,
                    "band_low": low,
                    "band_high": high,
                    "unbiased": expected_minimum(values, k, replace=False),
                }
            )
    return pd.DataFrame(rows)


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """The pairwise comparison of losses on each data set."""
    trials, over = compared_trials(table)
    by_dataset: dict[str, dict[str, np.ndarray]] = {}
    for dataset, name, values in _scores_of_each_loss(trials):
        by_dataset.setdefault(dataset, {})[name] = values
    found = [pairwise(v).assign(dataset=d, over=over) for d, v in by_dataset.items() if len(v) > 1]
    if not found:
        return pd.DataFrame()
    rows = pd.concat(found, ignore_index=True)
    return rows[["dataset", "over", *(c for c in rows if c not in ("dataset", "over"))]]


def ranks(table: pd.DataFrame) -> pd.DataFrame:
    """The losses' mean ranks over data sets, with the critical difference; empty for fewer than two data sets."""
    found = ranks_over_datasets(worst_scored(compared_trials(table)[0]))
    if found is None:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "loss": found.mean.index,
            "mean_rank": found.mean.to_numpy(),
            "data_sets": found.datasets,
            "critical_difference": found.critical,
            "p_value": found.p,
        }
    )


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Why trials diverged or failed, with the number of trials for each reason."""
    ended = table.assign(status=table["status"].mask(scored_before_divergence(table), "diverged"))
    ended = ended[ended["status"].isin(["diverged", "failed"])]
    reasons = (
        ended["reason"].fillna("no reason recorded") if "reason" in ended else pd.Series("no reason recorded", ended.index)
    )
    counted = ended.assign(reason=reasons).groupby(["dataset", "name", "status", "reason"], sort=False).size()
    return counted.rename("trials").reset_index().rename(columns={"name": "loss"})


def losses(table: pd.DataFrame) -> pd.DataFrame:
    """The formulas that discriminator and generator of each loss minimise; ``-`` for losses that are not in the paper."""
    known = {row["loss"]: row for row in formulas().to_dict("records")}
    order = list(known)
    rows = []
    for loss, name in loss_names(table).items():
        place = order.index(key(loss)) if key(loss) in known else len(order)
        texts = [str(known.get(key(loss), {}).get(c, "")) for c in ("discriminator", "generator")]
        rows.append((place, name, *(f"${text}$" if text else "-" for text in texts)))
    return pd.DataFrame([row[1:] for row in sorted(rows)], columns=["loss", "discriminator", "generator"])
