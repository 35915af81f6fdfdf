"""Best settings at the end of a range: a wider one might hold better."""

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
"""Which part of a range, in its own scale, counts as its end."""
NARROW = 0.01
"""Draws that span as little of a range with less than this probability are taken for those of another range."""


def range_ends(table: pd.DataFrame) -> pd.DataFrame:
    """The hyperparameters whose value in a loss's best setting lies within a tenth of its range's end, the learning rate first.

    The best setting has the lowest validation score, where all have one, else the lowest score. A table of trials has no
    ranges: ``range_from`` and ``range_to`` are those of the drawn samples, the default left out. They are all losses' draws for
    hyperparameters that all have, unless the loss's own are too close together to be of the same range. ``place``, from 0 to 1,
    is in the scale that they were drawn in, and in a range wider by 1 / (n - 1) at each end: so far that of n uniform draws is
    expected to reach. A hyperparameter that does not matter lies at an end in one of five cases.
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
    """The draws that tell the range of a loss's: those of all losses, or its own; None for a choice, a switch, or few draws."""
    own, of_all = as_numbers(own).dropna(), as_numbers(of_all).dropna()
    if len(own) < 4 or own.nunique() <= 3:
        return None
    in_scale = _scale(of_all, column)
    spanned = float(np.ptp(in_scale(own)) / np.ptp(in_scale(of_all)))
    same = float(stats.beta.cdf(spanned, len(own) - 1, 2)) >= NARROW  # the range of uniform draws (David 1981)
    return of_all if same else own


def place_in(draws: pd.Series, value: object, column: str) -> float:
    """Where in the range of the draws the value lies, 0 at the lower end and 1 at the upper; nan for no number."""
    in_scale = _scale(draws, column)
    x, at = in_scale(draws), float(in_scale(as_numbers(pd.Series([value])))[0])
    wider = np.ptp(x) / (len(x) - 1)
    return float((at - x.min() + wider) / (np.ptp(x) + 2 * wider))


def _scale(draws: pd.Series, column: str) -> Callable[[pd.Series], np.ndarray]:
    """Numbers as they were drawn: logarithms of what spans decades."""
    if draws.min() > 0 and (column == RATE or is_logarithmic(draws)):
        return lambda x: np.log10(x.to_numpy(float))
    return lambda x: x.to_numpy(float)
