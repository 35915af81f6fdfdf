"""What the variance of scores goes to: each hyperparameter, the loss, what is the loss's own, the loss times the rate."""

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
"""Of fewer trials a forest says nothing."""
MOST = 240
"""Of more trials a forest is fitted to as many, drawn at random from each loss alike: its time grows with their square."""
TREES, LEAF = 64, 2  # a forest's trees, and the fewest trials of a leaf
SHUFFLES, PARTS, FOLDS = 19, 20, 10  # the largest of 19 is exceeded by chance once in 20
FEWER = 16  # trees where there are many forests: they are a little noisier, which makes shuffled shares larger, not smaller
LEAST_PART = 10  # trials; half of them, where they are more


@dataclass(frozen=True)
class Share:
    """The share of the scores' variance that goes to a factor.

    Attributes:
        share: by the forest of all trials.
        low, high: its 95% interval, by how far the shares of parts of the trials spread.
        shuffled: the largest of ``SHUFFLES`` shares that a forest finds in shuffled scores; one that is not above it may be
            chance (at 5%).
    """

    share: float
    low: float
    high: float
    shuffled: float


@dataclass(frozen=True)
class Importance:
    """What a forest says of trials.

    Attributes:
        shares: by factor, the most important first. The rest of the variance is other interactions and what no factor explains.
        r2: how much of the variance of trials that it has not seen the forest explains (cross-validated R^2, negative if
            less than nothing).
        n: the trials it was fitted to.
    """

    shares: dict[str, Share]
    r2: float
    n: int


@dataclass(frozen=True)
class Trials:
    """Trials as a forest takes them.

    Attributes:
        scores: [n].
        loss: [n], a number for each loss.
        common: hyperparameters that all losses have [n, c]; nan where a loss has not.
        own: those of some losses only [n, o]; nan where a loss has not.
        names: of the common hyperparameters.
        interacting: the one whose interaction with the loss is asked for, or none.
        losses: how many losses there are.
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

    Factors count as independent, each with the values it has in the data; those of ``own`` are conditional on the loss: what
    they explain is the mean over losses of what they explain within one. A common hyperparameter that a loss does not have
    takes random values of the others' there, and so explains nothing there. Shares are of the variance of the scores, not of
    the forest's, so that they are small where the forest knows little. A forest draws extreme values together: shares of
    strong factors come out a little low, and that of an interaction clearly low where its factors do nothing alone.

    Args:
        scores: finite, one of each trial; logarithms, where scores span decades.
        loss: of each trial.
        common: hyperparameters that all losses have, or most.
        own: hyperparameters that some losses have.
        interacting: the column of ``common`` whose interaction with the loss is a factor too.

    Returns:
        None of fewer than ``FEWEST`` trials, if nothing varies, or if all scores are equal.
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
    # Parts drawn without replacement move about the whole by (1 - part) / part of the whole's own variance.
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
    """Rows of this share of each loss's trials, in order; what a share of an odd number leaves over is decided by chance."""
    rows = [np.flatnonzero(loss == which) for which in np.unique(loss)]
    counts = [int(share * len(of_loss) + rng.random()) for of_loss in rows]
    return np.sort(np.concatenate([rng.choice(r, k, replace=False) for r, k in zip(rows, counts, strict=True)]))


def shares(trials: Trials, rng: np.random.Generator, trees: int) -> Shares:
    """The share of the scores' variance that goes to each factor, by one forest."""
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
    conditional = np.column_stack([trials.loss, x[:, common:]])  # what depends on the loss, and the loss
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
    """How much of the variance of trials left out a forest of the others explains, in ``FOLDS`` folds."""
    predicted, order = np.empty(len(trials.scores)), rng.permutation(len(trials.scores))
    for left_out in np.array_split(order, FOLDS):
        seen = trials.at(np.setdiff1d(order, left_out))
        forest = _forest(inputs(seen, seen, rng), seen.scores, FEWER, rng)
        x = inputs(trials.at(left_out), seen, rng).astype(np.float32)
        predicted[left_out] = np.mean([tree.predict(x)[:, 0] for tree in forest], axis=0)
    return 1 - float(((trials.scores - predicted) ** 2).mean() / trials.scores.var())


def inputs(trials: Trials, seen: Trials, rng: np.random.Generator) -> Floats:
    """The forest's inputs [n, columns]: common hyperparameters, the loss, its own settings.

    The loss is its mean score among the trials seen, an order in which a tree splits them well, and a column for each loss.
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
    """The trees of a random forest (Breiman 2001, all inputs tried at each split), each fitted to resampled trials.

    ``sklearn.ensemble`` has the same, and spends four times as long on forests as small as these.
    """
    from sklearn.tree import DecisionTreeRegressor  # it takes seconds to load

    rows = rng.integers(len(x), size=(trees, len(x)))
    single = x.astype(np.float32)
    made = [DecisionTreeRegressor(min_samples_leaf=LEAF, random_state=place) for place in range(trees)]
    return [tree.fit(single[r], scores[r], check_input=False).tree_ for tree, r in zip(made, rows, strict=True)]
