"""The numbers of the answer: how much the loss matters beside settings and seeds, with intervals."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from benchmark.analysis.tables.headline import headline
from benchmark.analysis.tables.importance import learning_rates, narrowed_ranges
from scipy import stats

from benchmark.analysis.paper import best_fid
from benchmarks.pages.published import published

GANS = "the GANs"


@cache
def numbers(study: str, of: str = GANS) -> dict[str, float]:
    """The row of the table ``headline`` for these losses."""
    rows = headline(published(study).trials)
    return _row(rows[rows["of"] == of])


def _row(rows: pd.DataFrame) -> dict[str, float]:
    (row,) = rows.to_dict("records")
    return {str(name): value for name, value in row.items()}


def interval(value: float, low: float, high: float, form: str) -> str:
    """An estimate with its interval in brackets."""
    return f"{format(value, form)} ({format(low, form)} to {format(high, form)})"


def spread(study: str, of: str = GANS) -> str:
    """How far a typical loss is from the average, as a factor, with its 95% interval."""
    row = numbers(study, of)
    return interval(row["spread"], row["spread_low"], row["spread_high"], ".2f")


def best_to_worst(study: str, of: str = GANS) -> str:
    """The worst loss's mean over the best's, with its 95% interval."""
    row = numbers(study, of)
    return interval(row["best_to_worst"], row["best_to_worst_low"], row["best_to_worst_high"], ".1f")


def within(study: str) -> str:
    """How far the runs of one GAN spread, between its settings or its seeds, as a factor."""
    return f"{numbers(study)['within']:.2f}"


def share(study: str, lowest_rate: float | None = None) -> str:
    """The losses' share of the variance of the GANs' log scores, of all settings or of those from a learning rate on."""
    if lowest_rate is None:
        row = numbers(study)
    else:
        rows = narrowed_ranges(published(study).trials)
        row = _row(rows[(rows["of"] == GANS) & np.isclose(rows["rates_from"], lowest_rate)])
    return interval(row["share_of_losses"], row["low"], row["high"], ".0%")


def rate(study: str) -> str:
    """The share of the variance of the GANs' log scores that a cubic in the log learning rate explains."""
    rows = learning_rates(published(study).trials)
    row = _row(rows[rows["of"] == GANS])
    return interval(row["cubic"], row["low"], row["high"], ".0%")


def slow(study: str, below: float) -> str:
    """How many of the GANs' settings have a learning rate below this."""
    return f"{(published(study).gans['h_learning_rate'] < below).mean():.0%}"


def first(study: str, count: int = 2) -> str:
    """The GANs of the lowest means, with them."""
    means = published(study).gans.groupby("name")["best"].mean().nsmallest(count)
    return " and ".join(f"{name} ({mean:.1f})" for name, mean in means.items())


def rank(study: str, loss: str) -> int:
    """The loss's rank by its mean among all models, 1 the best."""
    return int(published(study).trials.groupby("name")["best"].mean().rank()[loss])


def order_of_the_paper(study: str, paper: str) -> str:
    """Spearman's correlation of the GANs' means with the paper's on a data set."""
    table = best_fid()
    theirs = table[(table["dataset"] == paper) & (table["loss"] != "vae")].set_index("loss")["mean"]
    ours = published(study).gans.groupby("loss")["best"].mean()
    found = stats.spearmanr(theirs, ours[theirs.index])
    return f"{found.statistic:.2f} (p = {found.pvalue:.2f})"


def of_the_paper(dataset: str) -> str:
    """The spread between the GANs in the paper's own table of best FIDs, as a factor."""
    table = best_fid()
    means = table.loc[(table["dataset"] == dataset) & (table["loss"] != "vae"), "mean"]
    return f"{np.exp(np.log(means).std(ddof=1)):.2f}"
