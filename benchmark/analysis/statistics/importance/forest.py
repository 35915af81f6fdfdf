"""How much of the variance of scores each factor explains: hyperparameters, the loss, its own settings, an interaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from benchmark.analysis.statistics.importance.fanova import Axis, boxes_of, main_variances, marginal, variance

LOSS = "loss"
OWN = "own settings of the loss"
Floats = NDArray[np.floating[Any]]
Shares = dict[str, float]


def with_loss(hyperparameter: str) -> str:
    """The name of the hyperparameter's interaction with the loss."""
    return f"{LOSS} x {hyperparameter}"


FEWEST = 12
"""The fewest trials for a forest."""
MOST = 240
"""The most trials for a forest, since its time grows with their square; of more, an equal share of each loss's is drawn."""
TREES, LEAF = 64, 2  # a forest's trees, and the fewest trials in a leaf
SHUFFLES, PARTS, FOLDS = 19, 20, 10  # chance exceeds the largest of 19 once in 20 cases
FEWER = 16  # trees if there are many forests: slightly noisier, which makes shuffled shares larger, not smaller
LEAST_PART = 10  # the fewest trials in a part, which otherwise has half of them


@dataclass(frozen=True)
class Share:
    """The share of the scores' variance that a factor explains.

    Attributes:
        share: the share in the forest of all trials.
        low, high: its 95% interval, from the spread of the shares in parts of the trials.
        shuffled: the largest of ``SHUFFLES`` shares that forests find in shuffled scores; a share that is not larger may be
            due to chance (at the 5% level).
    """

    share: float
    low: float
    high: float
    shuffled: float


@dataclass(frozen=True)
class Importance:
    """The result of a forest on trials.

    Attributes:
        shares: by factor, the most important first. The rest of the variance is other interactions and unexplained variance.
        r2: the share of the variance of unseen trials that the forest explains (cross-validated R^2; negative if its
            predictions are worse than the mean).
        n: the number of trials that it was fitted to.
    """

    shares: dict[str, Share]
    r2: float
    n: int


@dataclass(frozen=True)
class Trials:
    """Trials in the form that a forest needs.

    Attributes:
        scores: the scores, [n].
        loss: the number of each trial's loss, [n].
        common: hyperparameters that all or most losses have, [n, c]; nan for losses without one.
        own: hyperparameters of some losses only, [n, o]; nan for losses without one.
        names: the names of the common hyperparameters.
        interacting: the hyperparameter whose interaction with the loss is requested, or None.
        losses: the number of losses.
    """

    scores: Floats
    loss: NDArray[np.int64]
    common: Floats
    own: Floats
    names: tuple[str, ...]
    interacting: str | None
    losses: int

    def at(self, rows: NDArray[np.int64]) -> Trials:
        """Some of the trials."""
        return replace(self, scores=self.scores[rows], loss=self.loss[rows], common=self.common[rows], own=self.own[rows])


def importance(
    scores: ArrayLike,
    loss: ArrayLike,
    common: pd.DataFrame,
    own: pd.DataFrame,
    rng: np.random.Generator,
    interacting: str | None = None,
) -> Importance | None:
    """How the variance of the scores splits, by functional analysis of variance on a random forest (Hutter et al. 2014).

    Factors are treated as independent, each with its values in the data. Those of ``own`` are conditional on the loss: their
    share is the mean over losses of the share within one loss. If a loss lacks a common hyperparameter, it gets random values
    of the other losses, so that the hyperparameter explains nothing there. Shares are of the variance of the scores, not of the
    forest's predictions, so they are small if the forest predicts badly. A forest shrinks extreme values: shares of strong
    factors are slightly too low, and an interaction's share is clearly too low if its factors have no effect alone.

    Args:
        scores: finite, one per trial; use logarithms if scores span decades.
        loss: the loss of each trial.
        common: hyperparameters that all or most losses have.
        own: hyperparameters that some losses have.
        interacting: the column of ``common`` whose interaction with the loss is also a factor.

    Returns:
        None for fewer than ``FEWEST`` trials, if nothing varies, or if all scores are equal.
    """
    y = np.asarray(scores, float)
    losses = np.unique(np.asarray(loss).astype(str), return_inverse=True)[1].astype(np.int64)
    varying = [str(c) for c in common if common[c].nunique() > 1]
    trials = Trials(
        y,
        losses,
        common[varying].to_numpy(float),
        own[[c for c in own if own[c].notna().any()]].to_numpy(float),
        tuple(varying),
        interacting if interacting in varying else None,
        len(np.unique(losses)),
    )
    if len(y) < FEWEST or np.ptp(y) == 0 or not (varying or losses.any() or trials.own.size):
        return None
    if len(y) > MOST:
        trials = trials.at(drawn_alike(losses, MOST / len(y), rng))
    found = shares(trials, rng, TREES)
    part = max(0.5, LEAST_PART / len(trials.scores))
    parts = pd.DataFrame([shares(trials.at(drawn_alike(trials.loss, part, rng)), rng, FEWER) for _ in range(PARTS)])
    # The variance of parts drawn without replacement about the whole is (1 - part) / part of the whole's own variance.
    error = 1.96 * parts.std(ddof=1) * np.sqrt(part / (1 - part))
    shuffled = pd.DataFrame([shares(_shuffled(trials, rng), rng, FEWER) for _ in range(SHUFFLES)]).max()
    return Importance(
        {
            name: Share(share, max(0.0, share - error[name]), min(1.0, share + error[name]), float(shuffled[name]))
            for name, share in sorted(found.items(), key=lambda item: -item[1])
        },
        cross_validated(trials, rng),
        len(trials.scores),
    )


def drawn_alike(loss: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Row numbers of a random share of each loss's trials, in order; fractions of a trial are rounded at random."""
    rows = [np.flatnonzero(loss == which) for which in np.unique(loss)]
    counts = [int(share * len(of_loss) + rng.random()) for of_loss in rows]
    return np.sort(np.concatenate([rng.choice(r, k, replace=False) for r, k in zip(rows, counts, strict=True)]))


def shares(trials: Trials, rng: np.random.Generator, trees: int) -> Shares:
    """The share of the scores' variance that each factor explains, from one forest."""
    total = float(trials.scores.var())
    several = len(np.unique(trials.loss)) > 1
    factors = [*trials.names, *([LOSS] if trials.loss.any() else []), *([OWN] if trials.own.size else [])]
    interaction = with_loss(trials.interacting) if trials.interacting and trials.loss.any() else None
    if interaction:
        factors.append(interaction)
    if total == 0 or len(trials.scores) < 2:
        return dict.fromkeys(factors, 0.0)
    x = inputs(trials, trials, rng)
    boxes = boxes_of(_forest(x, trials.scores, trees, rng), x.shape[1])
    common = len(trials.names)
    axes = {}
    for place, name in enumerate(trials.names):
        values, counts = np.unique(x[:, place], return_counts=True)
        axes[name] = Axis.of(boxes, [place], values, counts / len(x))
    conditional = np.column_stack([trials.loss, x[:, common:]])  # the loss, and what depends on it
    values, counts = np.unique(conditional, axis=0, return_counts=True)
    axes[OWN] = Axis.of(boxes, range(common, x.shape[1]), values[:, 1:], counts / len(x))
    found = main_variances(boxes, axes)
    if several:
        hyperparameters = [axis for name, axis in axes.items() if name != OWN]
        of_loss = axes[OWN].coarser(values[:, 0])
        found[LOSS] = variance(marginal(boxes, hyperparameters, of_loss), of_loss)
        found[OWN] = max(0.0, found[OWN] - found[LOSS])
        if interaction and trials.interacting:
            of_both = axes[trials.interacting]
            others = [axis for axis in hyperparameters if axis is not of_both]
            both = variance(marginal(boxes, others, of_loss, of_both), of_loss, of_both)
            found[interaction] = max(0.0, both - found[LOSS] - found[trials.interacting])
    return {name: found.get(name, 0.0) / total for name in factors}


def cross_validated(trials: Trials, rng: np.random.Generator) -> float:
    """The cross-validated R^2: the share of the variance of left-out trials that a forest explains, in ``FOLDS`` folds."""
    predicted, order = np.empty(len(trials.scores)), rng.permutation(len(trials.scores))
    for left_out in np.array_split(order, FOLDS):
        seen = trials.at(np.setdiff1d(order, left_out))
        forest = _forest(inputs(seen, seen, rng), seen.scores, FEWER, rng)
        x = inputs(trials.at(left_out), seen, rng).astype(np.float32)
        predicted[left_out] = np.mean([tree.predict(x)[:, 0] for tree in forest], axis=0)
    return 1 - float(((trials.scores - predicted) ** 2).mean() / trials.scores.var())


def inputs(trials: Trials, seen: Trials, rng: np.random.Generator) -> Floats:
    """The forest's inputs [n, columns]: common hyperparameters, the loss, its own settings.

    The loss is coded by its mean score among the trials seen, so that trees can split losses well, and by a column per loss.
    """
    common = trials.common.copy()
    for column, known in zip(common.T, seen.common.T, strict=True):
        missing = np.isnan(column)
        there = known[~np.isnan(known)]
        column[missing] = rng.choice(there, int(missing.sum())) if len(there) else 0.0
    means = pd.Series(seen.scores).groupby(seen.loss).mean()
    loss = pd.Series(trials.loss).map(means).fillna(float(seen.scores.mean())).to_numpy(float)
    single = np.eye(seen.losses)[trials.loss]
    return np.column_stack([common, loss, single, np.where(np.isnan(trials.own), -1e30, trials.own)])


def _shuffled(trials: Trials, rng: np.random.Generator) -> Trials:
    return replace(trials, scores=rng.permutation(trials.scores))


def _forest(x: Floats, scores: Floats, trees: int, rng: np.random.Generator) -> list[Any]:
    """The trees of a random forest (Breiman 2001; all inputs are tried at each split), each fitted to resampled trials.

    ``sklearn.ensemble`` gives the same, but takes four times as long for such small forests.
    """
    from sklearn.tree import DecisionTreeRegressor  # it takes seconds to load

    rows = rng.integers(len(x), size=(trees, len(x)))
    single = x.astype(np.float32)
    made = [DecisionTreeRegressor(min_samples_leaf=LEAF, random_state=place) for place in range(trees)]
    return [tree.fit(single[r], scores[r], check_input=False).tree_ for tree, r in zip(made, rows, strict=True)]
