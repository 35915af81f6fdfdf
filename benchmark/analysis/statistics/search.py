"""The result of a search of k hyperparameter samples, which chooses by validation scores and is judged by test scores.

Each loss has n trials with a validation and a test score each. A search of k consists of k of them, drawn without replacement
(a U-statistic, unbiased for k new samples; see ``minimum``). It selects the trial with the lowest validation score. Lower
scores are better; a trial without a score has infinite ones.
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
        """The search with these scores.

        Raises:
            ValueError: there are no scores, or the numbers of validation and test scores differ.
        """
        a, b = np.asarray(validation, float), np.asarray(test, float)
        if a.ndim != 1 or a.shape != b.shape or not len(a):
            raise ValueError(f"{a.shape} validation and {b.shape} test scores: every trial needs one of each")
        return cls(a, b)


def selected_test_scores(search: Search, k: int) -> tuple[Floats, Floats]:
    """The distribution of the test score that a search of k reports: its possible values [n] and their probabilities [n].

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
    """How much too low the selected trial's validation score is, on average, after a search of k.

    It is the gap to the same trial's test score, minus the average gap of all trials, since validation and test images differ.
    Only finite scores count.
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
    """For each row, the probability [k, r] that a draw from a is lower than a draw from b; ties count half.

    Time and memory grow with the number of ranks, not with the number of pairs.

    Args:
        a, b: ranks of the scores, whole numbers >= 0, [r, n] and [r, m].
        weights: k pairs of the probabilities [n] and [m] of drawing each, the same for all rows.
    """
    rows, levels = len(b), 1 + int(max(a.max(), b.max()))
    first = levels * np.arange(rows)[:, None]  # the first cell of each row if all rows are concatenated
    of_a, of_b = a + first, (b + first).ravel()
    found = np.empty((len(weights), rows))
    for k, (p, q) in enumerate(weights):
        mass = np.bincount(of_b, np.tile(q, rows), levels * rows).reshape(rows, levels)
        lost = np.cumsum(mass, axis=1) - mass / 2  # against a score of a
        found[k] = 1 - lost.ravel()[of_a] @ p
    return np.clip(found, 0, 1)  # weights add up to 1 only up to rounding


def expected_ranks(found: Sequence[Search], k: int) -> Floats:
    """The expected rank of each loss's search of k among all searches, by test score; 1 is the best, ties share ranks.

    It is 1 plus the sum over all other searches of the probability that they end with a lower score.
    """
    wins = np.array([[0.0 if a is b else probability_of_winning(a, b, k) for b in found] for a in found])
    ranks: Floats = 1 + wins.sum(axis=0)
    return ranks


def mean(values: Floats, weights: Floats) -> float:
    """The weighted mean; values of weight 0 are ignored, even infinite ones."""
    possible = weights > 0
    return float(values[possible] @ weights[possible])
