"""The order of the losses on two data sets.

Losses are ordered by the expected rank of a search of ten settings among all losses' searches (five, if a study is too small),
after a given number of steps. Scores of two data sets are not comparable. Mean scores would be dominated by settings that never
learn.
"""

from __future__ import annotations

import pandas as pd
from scipy import stats

from benchmark.analysis.fewer_steps import stopped_at
from benchmark.analysis.tables.search import ranking
from measurements.pages.published import VAE, published
from measurements.pages.search import compared_at


def orders(steps: int, *names: str) -> pd.DataFrame:
    """Each loss's expected rank (1 is the lowest score) in several searches, in the order of the first one."""
    ranks, searches = {}, {name: published(name) for name in names}
    k = min(compared_at(search.trials) for search in searches.values())
    for name, search in searches.items():
        rows = ranking(stopped_at(search.trials, search.evaluations, steps))
        ranks[name] = rows[rows["k"] == k].set_index("loss")["rank"]
    return pd.DataFrame(ranks).sort_values(names[0]).reset_index(names="loss")


def correlation(ranks: pd.DataFrame) -> str:
    """Spearman's rank correlation between two searches' orders, for all models and for the GANs."""
    said = []
    for label, rows in (("all models", ranks), ("the GANs", ranks[ranks["loss"] != VAE])):
        rho, p = stats.spearmanr(rows.iloc[:, 1], rows.iloc[:, 2])
        said.append(f"{rho:.2f} of {label} (p = {p:.2f})")
    return " and ".join(said)


def in_print(ranks: pd.DataFrame) -> pd.DataFrame:
    """The table of expected ranks, with one decimal."""
    return ranks.map(lambda cell: f"{cell:.1f}" if isinstance(cell, float) else cell)
