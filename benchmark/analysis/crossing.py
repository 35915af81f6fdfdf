"""Which choices a table of trials crosses (tries in all combinations), and the printed names of their levels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.analysis.names import choice_names, choices, labels
from benchmark.analysis.trials import is_gan, is_search, search_trials, seed_trials, worst_scored
from benchmark.factors import FACTORS

LOSS = "loss"
USUAL = {f.name: f.usual for f in FACTORS}
BY_NAME = {f.name: f for f in FACTORS}
MANY = 16
"""With more combinations than this, figures have panels by the other choices, and none is drawn for each pair."""
SETTINGS, SEEDS = "random settings", "seeds"


def crosses_parts(table: pd.DataFrame) -> bool:
    """Whether the table has several penalties or normalisations, so that it compares combinations instead of losses."""
    values = choices(table)
    return any(values[f.name].nunique() > 1 for f in FACTORS if f.own_draws)


def crossed_factors(table: pd.DataFrame) -> list[str]:
    """The columns of the choices that the table crosses; empty if it compares only losses.

    Several penalties or normalisations always count as crossed with the losses. Variants and optimisers count as crossed if two
    levels of another choice share at least two of them. A variant that only WGAN has counts as a separate loss.
    """
    values = choices(table).assign(**{LOSS: table[LOSS].astype(str)})
    own = [f.name for f in FACTORS if f.own_draws]
    several = [f for f in (LOSS, *own, *(f.name for f in FACTORS if not f.own_draws)) if values[f].nunique() > 1]

    def crossed(factor: str) -> bool:
        of_others = (values.groupby(other)[factor].agg(set) for other in several if other != factor)
        return any(len(a & b) > 1 for of_other in of_others for a, b in combinations(of_other, 2))

    beside = [f for f in several if f != LOSS and (f in own or crossed(f))]
    return [LOSS] * (LOSS in several) + beside if beside else []


def has_many(table: pd.DataFrame) -> bool:
    """Whether a crossed table has too many combinations for one panel or one table of pairs."""
    return crosses_parts(table) and table["name"].nunique() > MANY


def merged(table: pd.DataFrame, *factors: str) -> pd.DataFrame:
    """The table with names that leave out these choices, if there are many combinations; otherwise names are unchanged.

    A column ``combination`` keeps the original names.
    """
    table = table.assign(combination=table["name"])
    if not has_many(table):
        return table
    return table.assign(name=labels(table.assign(**{f: USUAL[f] for f in factors})).astype(str))


def levels(table: pd.DataFrame, factors: list[str]) -> pd.DataFrame:
    """The printed level of each factor for each trial, in order: losses as in tables, other choices with the usual one first.

    A loss's level includes unusual choices that are not factors themselves, such as its variant.
    """
    usual = {f: USUAL[f] for f in factors if f != LOSS}
    found = {}
    for factor in factors:
        if factor == LOSS:
            found[LOSS] = labels(table.assign(**usual)).cat.remove_unused_categories()
            continue
        names, values = choice_names(table, BY_NAME[factor]), choices(table)[factor]
        first = (USUAL[factor], "none")
        order = [v for v in names if v in first] + sorted((v for v in names if v not in first), key=names.__getitem__)
        found[factor] = pd.Series(pd.Categorical(values.map(names), [names[v] for v in order], ordered=True), table.index)
    return pd.DataFrame(found, index=table.index)


def crossed_trials(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    """For each data set of a crossed table: its key, what the trials vary over, the GANs' trials, and their levels.

    In a search there is one trial per setting, otherwise the seeds of each combination's setting. The trials have columns
    ``value`` and ``log``; diverged and failed ones count as the data set's worst score. Yields nothing if nothing is crossed.
    """
    gans = table[is_gan(table)]
    if not (factors := crossed_factors(gans)):
        return
    over = SETTINGS if is_search(gans) else SEEDS
    trials = worst_scored(search_trials(gans) if over == SETTINGS else seed_trials(gans))
    trials = trials[np.isfinite(trials["value"]) & (trials["value"] > 0)]
    of_trials = levels(gans, factors).loc[trials.index]
    for dataset, rows in trials.groupby("dataset", sort=False):
        yield str(dataset), over, rows.assign(log=np.log(rows["value"].astype(float))), of_trials.loc[rows.index]
