"""What matters in a search: which factors explain the variance of scores, and how the range of learning rates affects this.

All tables use the logarithms of scores. A diverged or failed trial counts as the worst score of its data set, as in the other
tables of logarithms, and the column ``without_score`` counts such trials.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmark.analysis.names import hyperparameter_name
from benchmark.analysis.statistics.importance.cubic import explained_interval, fit_cubic
from benchmark.analysis.statistics.importance.forest import importance
from benchmark.analysis.statistics.importance.spread import typical_factor
from benchmark.analysis.statistics.scales import as_numbers
from benchmark.analysis.statistics.variance import variance_split
from benchmark.analysis.trials import hyperparameters, is_gan, is_search, search_trials, worst_scored
from benchmark.columns import hyperparameter_column
from benchmark.hyperparameters import DOMAINS

RATE = hyperparameter_column("learning_rate")
COMMON = [hyperparameter_column(name) for name in DOMAINS]
"""The hyperparameters that all losses share; any other belongs to single losses."""
COMMON_NAMES = [hyperparameter_name(column) for column in COMMON]
ALL, GANS = "all models", "the GANs"


def parts(trials: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The trials of several losses by group: all models, and only the GANs if there is another model."""
    gans = trials[is_gan(trials)]
    found = {ALL: trials, GANS: gans} if len(gans) < len(trials) else {ALL if gans.empty else GANS: trials}
    return {label: part for label, part in found.items() if part["name"].nunique() > 1}


def searched(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The settings of a search on each data set, one trial each, with the logarithms of their scores; nothing if no search."""
    if not is_search(table):
        return
    trials = worst_scored(search_trials(table))
    trials = trials[np.isfinite(trials["value"]) & (trials["value"] > 0)]
    for dataset, rows in trials.groupby("dataset", sort=False):
        yield str(dataset), rows.assign(log=np.log(rows["value"].astype(float)))


def importances(table: pd.DataFrame) -> pd.DataFrame:
    """The share of the variance of log scores explained by each factor, over several losses and within each loss.

    The method is functional analysis of variance on a regression forest (``statistics.importance``). The table also has the
    shares found in shuffled scores, and the learning rate's share by a cubic in its logarithm, which needs no forest.
    """
    rows = []
    for dataset, trials in searched(table):
        single = {str(name): of_loss for name, of_loss in trials.groupby("name", sort=False)}
        for label, part in (parts(trials) | single).items():
            values = numeric(part).rename(columns=hyperparameter_name)
            own = [c for c in values if c not in COMMON_NAMES] if label not in single else []
            common, rate = values.drop(columns=own), hyperparameter_name(RATE)
            found = importance(part["log"], part["name"], common, values[own], np.random.default_rng(0), rate)
            for factor, share in found.shares.items() if found else ():
                rows.append(
                    {
                        "dataset": dataset,
                        "of": label,
                        "factor": factor,
                        "n": found.n if found else 0,
                        "without_score": without_score(part),
                        "share": share.share,
                        "low": share.low,
                        "high": share.high,
                        "shuffled": share.shuffled,
                        "forest_r2": found.r2 if found else np.nan,
                        "cubic": cubic_share(part) if factor == rate else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def numeric(trials: pd.DataFrame) -> pd.DataFrame:
    """The hyperparameters of the trials as numbers: words are numbered in alphabetical order, missing values are nan."""
    found = {}
    for column in hyperparameters(trials):
        x = as_numbers(trials[column])
        if (x.isna() & trials[column].notna()).any():
            codes = pd.Series(pd.factorize(trials[column].astype(str), sort=True)[0], trials.index).astype(float)
            x = codes.where(trials[column].notna())
        found[column] = x
    return pd.DataFrame(found, index=trials.index)


def without_score(trials: pd.DataFrame) -> int:
    """The number of trials that count as the worst score."""
    return int((trials["status"] != "ok").sum())


def with_rate(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials that have a learning rate, with a column for its base-10 logarithm."""
    if RATE not in trials:
        return trials.iloc[:0].assign(log_rate=0.0)
    rate = as_numbers(trials[RATE])
    return trials[rate > 0].assign(log_rate=np.log10(rate[rate > 0]))


def cubic_share(trials: pd.DataFrame) -> float:
    """The share of the variance of log scores explained by a cubic in the log learning rate; nan if no cubic can be fitted."""
    found = with_rate(trials)
    fitted = fit_cubic(found["log_rate"], found["log"])
    return fitted.explained if fitted else np.nan


def learning_rates(table: pd.DataFrame) -> pd.DataFrame:
    """The share of log scores explained by a cubic in the log learning rate, and the losses' share of its residuals."""
    rows = []
    for dataset, trials in searched(table):
        single = {str(name): of_loss for name, of_loss in trials.groupby("name", sort=False)}
        for label, part in (parts(trials) | single).items():
            found = with_rate(part)
            fitted = fit_cubic(found["log_rate"], found["log"])
            if fitted is None:
                continue
            low, high = explained_interval(found["log_rate"], found["log"], np.random.default_rng(0))
            rest = variance_split(fitted.residuals, found["name"].tolist())
            rows.append(
                {
                    "dataset": dataset,
                    "of": label,
                    "n": len(found),
                    "without_score": without_score(found),
                    "cubic": fitted.explained,
                    "low": low,
                    "high": high,
                    "share_of_losses_of_the_rest": rest.share if rest else np.nan,
                    "share_low": rest.low if rest else np.nan,
                    "share_high": rest.high if rest else np.nan,
                }
            )
    return pd.DataFrame(rows)


def narrowed_ranges(table: pd.DataFrame) -> pd.DataFrame:
    """The losses' spread and their share of the variance of log scores, among settings above a minimum learning rate.

    The minima are 1 and 3 times powers of ten, as long as every loss has at least two settings above.
    """
    rows = []
    for dataset, trials in searched(table):
        for label, part in parts(trials).items():
            found = with_rate(part)
            for lowest in lower_ends(found):
                above = found[found["log_rate"] >= np.log10(lowest)]
                split = variance_split(above["log"], above["name"].tolist())
                if split is None:
                    continue
                spread = typical_factor(split)
                rows.append(
                    {
                        "dataset": dataset,
                        "of": label,
                        "rates_from": lowest,
                        "n": len(above),
                        "without_score": without_score(above),
                        "share_of_losses": split.share,
                        "low": split.low,
                        "high": split.high,
                        "spread": spread.value,
                        "spread_low": spread.low,
                        "spread_high": spread.high,
                        "within": float(np.exp(np.sqrt(split.seeds))),
                    }
                )
    return pd.DataFrame(rows)


def lower_ends(trials: pd.DataFrame) -> list[float]:
    """The lowest rate, then 1 and 3 times powers of ten above it, while every loss has at least two settings left."""
    second = trials.groupby("name")["log_rate"].apply(lambda of: of.nlargest(2).min() if len(of) > 1 else -np.inf)
    if trials.empty or not np.isfinite(second).all():
        return []
    lowest, most = 10 ** float(trials["log_rate"].min()), 10 ** float(second.min())
    steps = [float(f"{digit}e{power}") for power in range(-12, 3) for digit in (1, 3)]
    return [lowest, *(step for step in steps if lowest * 1.0001 < step <= most)]
