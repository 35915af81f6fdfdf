"""What a search of k hyperparameter samples finds, as a whole: it chooses by validation scores and is judged by test scores.

Each loss has n trials from its search, a validation and a test score of each. A search of k is k of them, drawn without
replacement (a U-statistic, unbiased for k fresh samples; see ``minimum``). It selects the trial of the lowest validation score.
Lower scores are better; a trial without a score has infinite ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.analysis.statistics.minimum import minimum_weights

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]


class Search(NamedTuple):
    """The trials of a loss's search: their validation and test scores, [n] each."""

    validation: Floats
    test: Floats

    @classmethod
    def of(cls, validation: ArrayLike, test: ArrayLike) -> Search:
        """The search of these scores.

        Raises:
            ValueError: there are none, or not as many of one as of the other.
        """
        a, b = np.asarray(validation, float), np.asarray(test, float)
        if a.ndim != 1 or a.shape != b.shape or not len(a):
            raise ValueError(f"{a.shape} validation and {b.shape} test scores: one of each for every trial is needed")
        return cls(a, b)


def selected_test_scores(search: Search, k: int) -> tuple[Floats, Floats]:
    """The test score that a search of k reports: its possible values [n] and their probabilities [n].

    Raises:
        ValueError: k is less than 1 or more than there are trials.
    """
    order = np.argsort(search.validation, kind="stable")
    return search.test[order], minimum_weights(len(order), k, replace=False)


def expected_selected(search: Search, k: int) -> float:
    """The expected test score of the trial that a search of k selects."""
    scores, weights = selected_test_scores(search, k)
    return mean(scores, weights)


def optimism(search: Search, k: int) -> float:
    """How much lower the validation score that a search of k selects by is than it should be, on average.

    That is its gap to the test score of the same trial, beyond the gap that trials have on average: validation and test images
    differ too. Finite scores only.
    """
    scored = np.isfinite(search.validation) & np.isfinite(search.test)
    finite = Search(search.validation[scored], search.test[scored])
    gap = finite.test - finite.validation
    _, weights = selected_test_scores(finite, k)
    return float(weights @ gap[np.argsort(finite.validation, kind="stable")] - gap.mean())


def probability_of_winning(first: Search, second: Search, k: int) -> float:
    """The probability that the first loss's search of k selects a lower test score than the second's; ties count half."""
    (a, p), (b, q) = selected_test_scores(first, k), selected_test_scores(second, k)
    ranks = np.unique(np.concatenate([a, b]), return_inverse=True)[1][None]
    return float(wins(ranks[:, : len(a)], ranks[:, len(a) :], [(p, q)])[0, 0])


def wins(a: Ranks, b: Ranks, weights: Sequence[tuple[Floats, Floats]]) -> Floats:
    """The probability [k, r] that in a row of a and b a draw of a is lower than one of b; ties count half.

    It takes time and memory of the order of the ranks, not of all pairs of them.

    Args:
        a, b: whole numbers [r, n] and [r, m] of 0 or more, in the order of the scores.
        weights: k pairs of the probabilities [n] and [m] of drawing each, the same in all rows.
    """
    rows, levels = len(b), 1 + int(max(a.max(), b.max()))
    first = levels * np.arange(rows)[:, None]  # cell of each row, of all rows behind each other
    of_a, of_b = a + first, (b + first).ravel()
    found = np.empty((len(weights), rows))
    for k, (p, q) in enumerate(weights):
        mass = np.bincount(of_b, np.tile(q, rows), levels * rows).reshape(rows, levels)
        lost = np.cumsum(mass, axis=1) - mass / 2  # by a score of a's
        found[k] = 1 - lost.ravel()[of_a] @ p
    return np.clip(found, 0, 1)  # weights add up to 1 but for rounding


def expected_ranks(found: Sequence[Search], k: int) -> Floats:
    """The expected rank of each loss's search of k among all of them, by test score: 1 is the best; ties share their ranks.

    It is 1 and the probabilities of each other search to end below this one, added up.
    """
    wins = np.array([[0.0 if a is b else probability_of_winning(a, b, k) for b in found] for a in found])
    ranks: Floats = 1 + wins.sum(axis=0)
    return ranks


def mean(values: Floats, weights: Floats) -> float:
    """The weighted mean; what has no weight does not count, were it infinite."""
    possible = weights > 0
    return float(values[possible] @ weights[possible])
