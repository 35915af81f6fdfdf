"""Exact functional analysis of variance of a regression forest (Hooker 2007; Hutter, Hoos and Leyton-Brown 2014).

A tree is constant on boxes. If groups of inputs are independent, the forest's mean over some of them is a sum over boxes: each
box's value times the probability that these groups lie in it. Neither a grid nor sampling is needed.

A group takes the values that it has in the data, with their frequencies. A group of several columns therefore keeps their
dependence, and scales do not matter: a learning rate and its logarithm give the same result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]


class Boxes(NamedTuple):
    """A forest as boxes: its value at x is the sum of ``values`` over the boxes with ``low < x <= high`` in every column.

    Attributes:
        values: each box's value, [boxes].
        low, high: each box's bounds, [boxes, columns]; infinite if it has none.
    """

    values: Floats
    low: Floats
    high: Floats


def boxes_of(trees: Sequence[Any], columns: int) -> Boxes:
    """The boxes of a forest, which predicts the mean of its trees.

    Args:
        trees: scikit-learn's trees, the ``tree_`` of each estimator.
        columns: the number of inputs that the trees were fitted to.
    """
    parts = []
    for tree in trees:
        low = np.full((tree.node_count, columns), -np.inf)
        high = np.full((tree.node_count, columns), np.inf)
        left, right = tree.children_left, tree.children_right
        for node in np.flatnonzero(left >= 0):  # a node stands before its children
            at, threshold = tree.feature[node], tree.threshold[node]
            for child in (left[node], right[node]):
                low[child], high[child] = low[node], high[node]
            high[left[node], at] = low[right[node], at] = threshold
        leaves = left < 0
        parts.append((tree.value[leaves, 0, 0] / len(trees), low[leaves], high[leaves]))
    return Boxes(*(np.concatenate(part) for part in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Axis:
    """A group of inputs: the probabilities of its values, and which boxes contain which value.

    Attributes:
        inside: [boxes, values], 1 if the box contains the value; on a coarser axis, the share of the value that it contains.
        weights: the probability of each value, [values].
    """

    inside: Floats
    weights: Floats

    @classmethod
    def of(cls, boxes: Boxes, columns: Sequence[int], values: ArrayLike, weights: ArrayLike) -> Axis:
        """The axis of the group of these columns, whose values are the rows of ``values`` [values, columns]."""
        # Trees compare in single precision.
        points = np.asarray(values, np.float32).reshape(-1, len(columns))
        inside = np.ones((len(boxes.values), len(points)), bool)
        for place, column in enumerate(columns):
            x = points[None, :, place]
            inside &= (boxes.low[:, column, None] < x) & (x <= boxes.high[:, column, None])
        return cls(inside.astype(np.float32), np.asarray(weights, float))

    def mass(self) -> Floats:
        """The probability of each box along this axis."""
        return np.asarray(self.inside @ self.weights)

    def coarser(self, labels: ArrayLike) -> Axis:
        """A coarser axis that merges all values with the same label, in the order of ``numpy.unique``."""
        found, of_value = np.unique(np.asarray(labels), return_inverse=True)
        joint = np.zeros((len(self.weights), len(found)))
        joint[np.arange(len(of_value)), of_value] = self.weights
        weights = joint.sum(0)
        return Axis((self.inside @ (joint / weights)).astype(np.float32), weights)


def marginal(boxes: Boxes, others: Collection[Axis], first: Axis, second: Axis | None = None) -> Floats:
    """The forest's mean over the other groups, at the values of one group [values] or of two [values, values of the second]."""
    held = boxes.values * np.prod([axis.mass() for axis in others], axis=0)
    if second is None:
        return np.asarray(held @ first.inside)
    return np.asarray((held[:, None] * first.inside).T @ second.inside)


def variance(mean: Floats, *axes: Axis) -> float:
    """The variance of a marginal over its axes: the variance that these explain together."""
    weights = axes[0].weights if len(axes) == 1 else np.outer(axes[0].weights, axes[1].weights)
    centre = float((weights * mean).sum())
    return float((weights * (mean - centre) ** 2).sum())


def main_variances(boxes: Boxes, axes: Mapping[str, Axis]) -> dict[str, float]:
    """The variance that each group explains alone: its first-order Sobol index times the forest's variance."""
    masses = {name: axis.mass() for name, axis in axes.items()}
    found = {}
    for name, axis in axes.items():
        held = boxes.values * np.prod([mass for other, mass in masses.items() if other != name], axis=0)
        found[name] = variance(held @ axis.inside, axis)
    return found
