"""Best settings near the end of a search range: a wider range might contain better ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.names import hyperparameter_name
from benchmark.analysis.statistics.scales import as_numbers, is_logarithmic
from benchmark.analysis.tables.importance import COMMON, RATE, searched
from benchmark.analysis.trials import hyperparameters

END = 0.1
"""The share of a range, in its own scale, that counts as its end."""
NARROW = 0.01
"""If the probability that draws span so little of a range is below this, they are treated as draws from another range."""


def range_ends(table: pd.DataFrame) -> pd.DataFrame:
    """The hyperparameters of each loss's best setting that lie within a tenth of their range's end, the learning rate first.

    The best setting has the lowest validation score if all have one, otherwise the lowest score. A table of trials does not
    contain ranges, so ``range_from`` and ``range_to`` are those of the drawn samples without the default. For hyperparameters
    that all losses have, all losses' draws are used, unless the loss's own draws are too close together to have the same range.
    ``place``, from 0 to 1, is in the scale of the draws, in a range widened by 1 / (n - 1) at each end, since n uniform draws
    are expected to span that much less than their range. A hyperparameter that does not matter is at an end in one of five
    cases.
    """
    rows: list[dict[str, Any]] = []
    for dataset, trials in searched(table):
        all_drawn = trials[trials["sample"] != 0] if "sample" in trials else trials
        for name, of_loss in trials.groupby("name", sort=False):
            ok = of_loss[of_loss["status"] == "ok"]
            if ok.empty:
                continue
            by = "validation" if "validation" in ok and ok["validation"].notna().all() else "best"
            best = int(ok[by].to_numpy(float).argmin())
            drawn = all_drawn[all_drawn["name"] == name]
            for column in sorted(hyperparameters(of_loss), key=lambda c: c != RATE):
                value = ok[column].iloc[best]
                draws = drawn_from(drawn[column], all_drawn[column] if column in COMMON else drawn[column], column)
                if draws is None or not 0 <= (place := place_in(draws, value, column)) <= 1:
                    continue
                if END < place < 1 - END:
                    continue
                rows.append(
                    {
                        "dataset": dataset,
                        "loss": name,
                        "hyperparameter": hyperparameter_name(column),
                        "best": float(as_numbers(pd.Series([value])).iloc[0]),
                        "end": "upper" if place > 0.5 else "lower",
                        "place": place,
                        "range_from": float(draws.min()),
                        "range_to": float(draws.max()),
                        "n": len(draws),
                    }
                )
    rate_first = sorted(rows, key=lambda row: bool(row["hyperparameter"] != hyperparameter_name(RATE)))
    return pd.DataFrame(rate_first)


def drawn_from(own: pd.Series, of_all: pd.Series, column: str) -> pd.Series | None:
    """The draws from which to infer a range: all losses' or the loss's own; None for a choice, a switch, or few draws."""
    own, of_all = as_numbers(own).dropna(), as_numbers(of_all).dropna()
    if len(own) < 4 or own.nunique() <= 3:
        return None
    in_scale = _scale(of_all, column)
    spanned = float(np.ptp(in_scale(own)) / np.ptp(in_scale(of_all)))
    same = float(stats.beta.cdf(spanned, len(own) - 1, 2)) >= NARROW  # the range of uniform draws (David 1981)
    return of_all if same else own


def place_in(draws: pd.Series, value: object, column: str) -> float:
    """The place of the value in the range of the draws, 0 at the lower end and 1 at the upper; nan if it is not a number."""
    in_scale = _scale(draws, column)
    x, at = in_scale(draws), float(in_scale(as_numbers(pd.Series([value])))[0])
    wider = np.ptp(x) / (len(x) - 1)
    return float((at - x.min() + wider) / (np.ptp(x) + 2 * wider))


def _scale(draws: pd.Series, column: str) -> Callable[[pd.Series], np.ndarray]:
    """A function to the scale of the draws: the logarithm if they span decades."""
    if draws.min() > 0 and (column == RATE or is_logarithmic(draws)):
        return lambda x: np.log10(x.to_numpy(float))
    return lambda x: x.to_numpy(float)
