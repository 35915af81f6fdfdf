"""The verdict on a search, in sentences: it is of the best of k settings, not of the mean over random ones."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from benchmark.analysis.formats import number


def compared_at(ranking: pd.DataFrame) -> int:
    """The number of settings k at which searches are compared: the largest of the table, up to half of a search's settings."""
    return int(ranking["budget"].max())


def search_verdict(found: Mapping[str, pd.DataFrame], dataset: str) -> list[str]:
    """What searches of k settings are expected to report on a data set, and which of them are told apart.

    Args:
        found: the tables ``selected``, ``winning`` and ``ranking``.

    Returns:
        Nothing where these tables say nothing of the data set: no search, one loss, or no validation scores.
    """
    parts = {name: found.get(name, pd.DataFrame()) for name in ("selected", "winning", "ranking")}
    of = {name: rows[rows["dataset"] == dataset] if len(rows) else rows for name, rows in parts.items()}
    if of["selected"].empty or of["ranking"].empty or of["winning"].empty:
        return []
    k = compared_at(of["ranking"])
    expected = of["selected"][of["selected"]["budget"] == k].set_index("loss")["expected_test"].sort_values()
    pairs = of["winning"][of["winning"]["budget"] == k]
    decided = (pairs["low"] > 0.5) | (pairs["high"] < 0.5)
    best = str(expected.index[0])
    of_best = pairs[~decided & ((pairs["first"] == best) | (pairs["second"] == best))]
    open_ = [a if b == best else b for a, b in of_best[["first", "second"]].to_numpy().tolist()]
    scores = ", ".join(f"{name} {number(float(score))}" for name, score in expected.items())
    n = int(of["selected"].loc[of["selected"]["budget"] == k, "n"].min())
    return [
        f"A search of k = {k} settings (of {n} that were tried) is expected to report: {scores}.",
        "It chooses by validation images and reports the score on test images.",
        f"Of {len(pairs)} pairs of losses {int(decided.sum())} are decided: the probability that one search ends below the "
        "other has a 95% interval that leaves out a half (intervals of single pairs).",
        f"Not decided against {best}, which has the lowest: {', '.join(open_) or 'none'}.",
    ]
