"""The verdict on a search, in sentences. It judges the best of k settings, not the mean over random settings."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from benchmark.analysis.formats import number
from benchmark.analysis.names import listed


def compared_at(expected: pd.DataFrame) -> int:
    """The number of settings k at which searches are compared: the largest for all losses, up to half of the smallest search.

    Args:
        expected: a table with the columns ``loss``, ``k`` and ``n``, the number of settings that were tried.
    """
    losses = expected.groupby("k")["loss"].nunique()
    common = losses[losses == expected["loss"].nunique()].index
    return int(max((k for k in common if k <= int(expected["n"].min()) // 2), default=min(common)))


def search_verdict(found: Mapping[str, pd.DataFrame], dataset: str) -> list[str]:
    """Sentences on the scores that searches of k settings are expected to report, and on which searches differ.

    Without validation scores a search reports the lowest of k scores, and no pair of losses is tested.

    Args:
        found: the tables ``selected`` and ``winning``, or ``minimum-against-budget``.
    """
    rows, column = _of(found, "selected", dataset), "expected_test"
    chosen = "It chooses by validation images and reports the score on test images."
    if rows.empty:
        rows, column = _of(found, "minimum-against-budget", dataset), "unbiased"
        chosen = "There are no validation scores: it chooses by the score that it reports, which flatters it."
    if rows.empty:
        return ["No trial ended with a score, so there is nothing to compare."]
    k = compared_at(rows)
    rows = rows[rows["k"] == k]
    expected = rows.set_index("loss")[column].sort_values()
    scores = listed(f"{name} {number(float(score))}" for name, score in expected.items())
    sentences = [
        f"A search of k = {k} settings (of {int(rows['n'].min())} that were tried) is expected to report: {scores}.",
        chosen,
    ]
    if len(expected) == 1:
        return [*sentences, "It is the only loss, so there is nothing to compare."]
    return [*sentences, *_decided(_of(found, "winning", dataset), k, str(expected.index[0]))]


def _of(found: Mapping[str, pd.DataFrame], name: str, dataset: str) -> pd.DataFrame:
    rows = found.get(name, pd.DataFrame())
    return rows[rows["dataset"] == dataset] if len(rows) else rows


def _decided(winning: pd.DataFrame, k: int, best: str) -> list[str]:
    if winning.empty:
        return ["Without validation scores no pair of losses is tested."]
    pairs = winning[winning["k"] == k]
    decided = (pairs["low"] > 0.5) | (pairs["high"] < 0.5)
    of_best = pairs[~decided & ((pairs["first"] == best) | (pairs["second"] == best))]
    open_ = [a if b == best else b for a, b in of_best[["first", "second"]].to_numpy().tolist()]
    return [
        f"Of {len(pairs)} pairs of losses {int(decided.sum())} are decided: the probability that one search ends below the "
        "other has a 95% interval that excludes 0.5 (not corrected for several pairs).",
        f"Not decided against {best}, which has the lowest: {listed(open_) or 'none'}.",
    ]
