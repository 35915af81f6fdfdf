"""Optimisers as pure functions of one network's weights, so that each member of a population can have its own settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

Weights = dict[str, Tensor]
Moments = dict[str, Weights]
Optimiser = Callable[[Weights, Weights, Moments, Tensor, Mapping[str, Tensor]], tuple[Weights, Moments]]
"""(weights, gradients, moments, count of this update from 1, hyperparameters) -> (weights, moments)."""

ADAM_BETA2, ADAM_EPS = 0.999, 1e-8
RMSPROP_DECAY, RMSPROP_EPS = 0.99, 1e-8
V1_DECAY, V1_EPS, V1_START = 0.9, 1e-10, 1.0


def adam(
    weights: Weights, gradients: Weights, moments: Moments, count: Tensor, h: Mapping[str, Tensor]
) -> tuple[Weights, Moments]:
    """Adam with hyperparameters ``learning_rate`` and ``beta1`` (Kingma and Ba 2015, algorithm 1)."""
    beta1, rate = h["beta1"], h["learning_rate"]
    first = {k: beta1 * moments["first"][k] + (1 - beta1) * g for k, g in gradients.items()}
    second = {k: ADAM_BETA2 * moments["second"][k] + (1 - ADAM_BETA2) * g.square() for k, g in gradients.items()}
    correction1, correction2 = 1 - beta1**count, 1 - ADAM_BETA2**count
    new = {k: w - rate * (first[k] / correction1) / ((second[k] / correction2).sqrt() + ADAM_EPS) for k, w in weights.items()}
    return new, {"first": first, "second": second}


def rmsprop(
    weights: Weights, gradients: Weights, moments: Moments, count: Tensor, h: Mapping[str, Tensor]
) -> tuple[Weights, Moments]:
    """RMSProp with hyperparameter ``learning_rate`` and no momentum, as used by WGAN's authors.

    The mean square has decay 0.99 and starts at 0; eps 1e-8 is added to its root. Source: Arjovsky's code
    (martinarjovsky/WassersteinGAN, ``main.py``), which uses torch's defaults; the paper gives no values.
    """
    second = {k: RMSPROP_DECAY * moments["second"][k] + (1 - RMSPROP_DECAY) * g.square() for k, g in gradients.items()}
    new = {k: w - h["learning_rate"] * gradients[k] / (second[k].sqrt() + RMSPROP_EPS) for k, w in weights.items()}
    return new, {"first": moments["first"], "second": second}


def rmsprop_v1(
    weights: Weights, gradients: Weights, moments: Moments, count: Tensor, h: Mapping[str, Tensor]
) -> tuple[Weights, Moments]:
    """RMSProp with hyperparameter ``learning_rate`` and no momentum, as in the study's released code.

    The mean square has decay 0.9 and starts at 1; eps 1e-10 is added under its root. Source: google/compare_gan v1.0,
    ``WGAN.py``, which uses the defaults of TensorFlow 1's RMSPropOptimizer.
    """
    second = {k: V1_DECAY * moments["second"][k] + (1 - V1_DECAY) * g.square() for k, g in gradients.items()}
    new = {k: w - h["learning_rate"] * gradients[k] / (second[k] + V1_EPS).sqrt() for k, w in weights.items()}
    return new, {"first": moments["first"], "second": second}


def adam_in_place(
    weights: Weights, gradients: Weights, moments: Moments, count: Tensor, h: Mapping[str, Tensor]
) -> tuple[Weights, Moments]:
    """``adam`` on a CPU with PyTorch's fused kernel; it overwrites the weights and moments that it is given.

    The plain formula reads and writes each number several times, which takes longer than its arithmetic.
    """
    torch._fused_adam_(
        list(weights.values()),
        # The kernel reads the numbers in memory order.
        [gradients[name].contiguous() for name in weights],
        [moments["first"][name] for name in weights],
        [moments["second"][name] for name in weights],
        [],
        [count] * len(weights),
        lr=float(h["learning_rate"]),
        beta1=float(h["beta1"]),
        beta2=ADAM_BETA2,
        weight_decay=0.0,
        eps=ADAM_EPS,
        amsgrad=False,
        maximize=False,
    )
    return weights, moments


def of_each_member(in_place: Optimiser) -> Optimiser:
    """Applies an in-place optimiser to the members of a population, one after the other."""

    def of_all(
        weights: Weights, gradients: Weights, moments: Moments, count: Tensor, h: Mapping[str, Tensor]
    ) -> tuple[Weights, Moments]:
        for member in range(len(count)):
            in_place(*tree_map(lambda t, m=member: t[m], (weights, gradients, moments, count, dict(h))))
        return weights, moments

    return of_all


OPTIMISERS: dict[str, Optimiser] = {"adam": adam, "rmsprop": rmsprop, "rmsprop_v1": rmsprop_v1}
STARTS = {"rmsprop_v1": V1_START}
"""The initial mean square of gradients, if it is not 0."""
IN_PLACE: dict[str, Optimiser] = {"adam": adam_in_place}
"""Versions for a CPU, faster than the formulas of the same name."""


def optimiser_of(name: str, *, released: bool) -> str:
    """The key in ``OPTIMISERS`` of the optimiser that a study calls ``adam`` or ``rmsprop``.

    Args:
        released: whether to follow the study's released code (``Loss.released``).
    """
    return f"{name}_v1" if released and f"{name}_v1" in OPTIMISERS else name


def initial_moments(weights: Weights, optimiser: str = "adam") -> Moments:
    """The moments of ``OPTIMISERS[optimiser]`` before the first update."""
    start = STARTS.get(optimiser, 0.0)
    return {
        "first": {k: torch.zeros_like(w) for k, w in weights.items()},
        "second": {k: torch.full_like(w, start) for k, w in weights.items()},
    }
