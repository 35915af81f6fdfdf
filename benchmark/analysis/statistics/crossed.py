"""The share of the variance of scores that each of several crossed choices explains: multi-way analysis of variance.

It includes interactions, and the design may be unbalanced. A term's component is the variance of its effects, corrected for
chance; for a balanced table the shares are omega squared (Hays 1963; a test compares them with statsmodels). Effects are least
squares estimates next to all terms that do not contain this one, as in type II sums of squares, so combinations may be missing.
Unlike type II sums, every combination counts the same however many trials it has, and a term loses nothing to chance overlap
with other terms; a covariate overlaps more, the more coefficients there are.
Levels are fixed: the shares describe these losses and penalties, not others that might be added. A mixed model would treat four
levels as a sample from many, and could hardly estimate their spread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.intp]
Term = tuple[str, ...]
Design = dict[Term, Floats]

POWERS = 3
"""The degree of the polynomial in a covariate: a cubic."""
TRIALS_EACH = 3
"""The fewest trials per coefficient: enough for half of the trials to distinguish effects from chance."""
PARTS = 100
MEAN: Term = ()
"""The term for the mean; among the shares it stands for the unexplained rest."""


@dataclass(frozen=True)
class Share:
    """The share of the variance that a term explains, with its interval; all three are between 0 and 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Crossed:
    """How the variance of scores splits.

    Attributes:
        shares: by term, the largest first; a term of one name is a factor or the covariate, a term of two an interaction.
        rest: the share that no term explains: chance, unrecorded choices, and interactions without a term.
        n, cells: the numbers of trials and of combinations of levels.
    """

    shares: dict[Term, Share]
    rest: Share
    n: int
    cells: int


def crossed_shares(
    scores: ArrayLike,
    levels: pd.DataFrame,
    rng: np.random.Generator,
    *,
    covariate: tuple[str, ArrayLike] | None = None,
    confidence: float = 0.95,
) -> Crossed | None:
    """The share of the variance of scores explained by each factor, by a covariate, and by each pair of these.

    Terms are added in this order while there are ``TRIALS_EACH`` trials per coefficient: the covariate, interactions of
    factors, interactions of factors with the covariate. Intervals come from subsets of half the trials of each combination,
    drawn without replacement: they vary about the whole as the whole varies about the truth. Near a share of 0 intervals are
    too wide.

    Args:
        scores: finite, [n]; use logarithms if scores span decades.
        levels: the level of each factor, [n, factors]; a factor with one level is left out.
        covariate: a name and finite values [n]; it is modelled by a cubic.

    Returns:
        None if there are too few trials even for the factors, if no factor varies, or if all scores are equal.
    """
    y, named = np.asarray(scores, float), levels.astype(str).reset_index(drop=True)
    design = _design(named, covariate)
    if design is None or np.ptp(y) == 0:
        return None
    cell = np.asarray(named.groupby(list(named), sort=False).ngroup(), np.intp)
    factors = frozenset(map(str, named))
    whole = _components(y, design, cell, factors)
    parts = pd.DataFrame(
        [_components(y[rows], {t: x[rows] for t, x in design.items()}, cell[rows], factors) for rows in _parts(cell, rng)]
    )
    spread = dict(zip(parts, parts.std(ddof=1), strict=True))
    width = float(stats.norm.ppf((1 + confidence) / 2))
    found = {
        term: Share(*(float(np.clip(share + sign * width * spread[term], 0, 1)) for sign in (0, -1, 1)))
        for term, share in whole.items()
    }
    rest = found.pop(MEAN)
    return Crossed(dict(sorted(found.items(), key=lambda item: -item[1].share)), rest, len(y), len(np.unique(cell)))


def _design(levels: pd.DataFrame, covariate: tuple[str, ArrayLike] | None) -> Design | None:
    """The columns of each term; an interaction's are products of its parts' columns. None if there are too few trials."""
    n = len(levels)
    factors: Design = {}
    for name in levels:
        codes, values = pd.factorize(levels[name], sort=True)
        if len(values) > 1:
            factors[(str(name),)] = _contrasts(len(values))[codes]
    beside: Design = {}
    if covariate is not None and len(np.unique(x := np.asarray(covariate[1], float))) > POWERS:
        powers = np.vander((x - x.mean()) / x.std(), POWERS + 1, increasing=True)
        beside = {(covariate[0],): np.linalg.qr(powers)[0][:, 1:] * np.sqrt(n)}
    design: Design = {MEAN: np.ones((n, 1)), **factors}
    if not factors or _size(design) * TRIALS_EACH > n:
        return None
    for further in (beside, _products(combinations(factors.items(), 2)), _products(product(factors.items(), beside.items()))):
        if _size(design | further) * TRIALS_EACH > n:
            break
        design |= further
    return design


def _products(pairs: Iterable[tuple[tuple[Term, Floats], tuple[Term, Floats]]]) -> Design:
    """The columns of interactions, from pairs of terms with their columns."""
    return {a + b: (x[:, :, None] * y[:, None, :]).reshape(len(x), -1) for (a, x), (b, y) in pairs}


def _size(design: Design) -> int:
    return sum(columns.shape[1] for columns in design.values())


def _contrasts(levels: int) -> Floats:
    """Orthonormal columns that add up to zero over the levels, [levels, levels - 1]."""
    return np.asarray(np.linalg.qr(np.column_stack([np.ones(levels), np.eye(levels)[:, 1:]]))[0][:, 1:] * np.sqrt(levels))


def _parts(cell: Rows, rng: np.random.Generator) -> list[Rows]:
    """Random halves of each cell's trials, as row numbers, ``PARTS`` times; an odd number is rounded up or down at random."""
    of_cell = [np.flatnonzero(cell == which) for which in np.unique(cell)]
    return [
        np.sort(np.concatenate([rng.permutation(rows)[: int(len(rows) / 2 + rng.random())] for rows in of_cell]))
        for _ in range(PARTS)
    ]


def _beyond(design: Design, term: Term, weights: Floats, factors: frozenset[str]) -> Floats:
    """A term's columns; for two factors, without the part that each factor alone explains (if cells are missing)."""
    columns = design[term]
    if len(term) < 2 or not factors.issuperset(term):
        return columns
    alone = np.column_stack([design[MEAN], *(design[(name,)] for name in term)])
    weighted = alone * weights[:, None]
    return np.asarray(columns - alone @ (np.linalg.pinv(alone.T @ weighted, hermitian=True) @ (weighted.T @ columns)))


def _components(y: Floats, design: Design, cell: Rows, factors: frozenset[str]) -> dict[Term, float]:
    """The shares of all terms and of the rest (``MEAN``), which add up to 1; corrected for chance, they may be below 0."""
    counts = np.bincount(cell)
    weights = 1 / (counts[cell] * (counts > 0).sum())  # of trials; all cells have the same total weight
    design = {term: _beyond(design, term, weights, factors) for term in design}
    places, x, first = {}, np.column_stack(list(design.values())), 0
    for term, columns in design.items():
        places[term] = np.arange(first, first := first + columns.shape[1])
    weighted = x * weights[:, None]
    products, with_scores, squares = x.T @ weighted, weighted.T @ y, weighted.T @ weighted
    fits: dict[frozenset[Term], tuple[Rows, Floats]] = {}

    def fit(terms: frozenset[Term]) -> tuple[Rows, Floats]:
        """The columns of these terms, and the matrix that maps their products with scores to coefficients."""
        if terms not in fits:
            at = np.sort(np.concatenate([places[term] for term in terms]))
            fits[terms] = at, np.linalg.pinv(products[np.ix_(at, at)], rcond=1e-10, hermitian=True)
        return fits[terms]

    every = frozenset(design)
    at, inverse = fit(every)
    left = float(weights @ y**2 - with_scores[at] @ inverse @ with_scores[at])
    used = float((inverse * squares[np.ix_(at, at)]).sum())
    found = {MEAN: max(0.0, left) / max(1 - used, 1e-9)}
    for term in design:
        if term == MEAN:
            continue
        at, inverse = fit(frozenset(other for other in every if not set(term) < set(other)))
        coefficients = inverse[np.isin(at, places[term])]
        effects, error = coefficients @ with_scores[at], coefficients @ squares[np.ix_(at, at)] @ coefficients.T
        of, means = places[term], products[places[MEAN], places[term]]
        spread = products[np.ix_(of, of)] - np.outer(means, means)
        found[term] = float(effects @ spread @ effects - found[MEAN] * (spread * error).sum())
    total = sum(found.values())
    return {term: component / total for term, component in found.items()}
