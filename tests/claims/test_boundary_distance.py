"""Claim boundary-distance: the verdict on tables made by hand, the derivatives by hand. It mirrors no module."""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from benchmark.claims import find_claim
from benchmark.losses import find_loss

MODULE = find_claim("boundary-distance").__module__


def table(ls_logits: tuple[float, float]) -> pd.DataFrame:
    """Curves of both losses, and three seeds of 20 generated points each: NS GAN's logits from 0 to 2, LS GAN's as given."""
    derivatives = {"NS GAN": lambda d: -1 / (1 + np.exp(d)), "LS GAN": lambda d: d - 1}
    parts = []
    for loss, ends in (("NS GAN", (0.1, 2.0)), ("LS GAN", ls_logits)):
        curve, logit = np.linspace(-2, 3, 101), np.linspace(*ends, 20)
        parts.append(pd.DataFrame({"kind": "curve", "loss": loss, "logit": curve, "derivative": derivatives[loss](curve)}))
        for seed in range(3):
            place = {"kind": "generated", "loss": loss, "seed": seed, "x": 0.5, "y": 0.5, "gradient_x": 0.0}
            by_logit = derivatives[loss](logit)
            parts.append(pd.DataFrame({**place, "logit": logit, "derivative": by_logit, "gradient_y": by_logit}))
        ticks = np.linspace(0, 1, 4)
        x, y = (of.ravel() for of in np.meshgrid(ticks, ticks))
        parts.append(pd.DataFrame({"kind": "field", "loss": loss, "seed": 0, "x": x, "y": y, "logit": x}))
    parts.append(pd.DataFrame({"kind": "real", "loss": None, "x": [0.1, 0.9], "y": [0.5, 0.5]}))
    return pd.concat(parts, ignore_index=True)


def test_least_squares_grows_with_the_distance_only_beyond_its_target() -> None:
    claim = find_claim("boundary-distance")()
    beyond = claim.judge(table((1.1, 3.0)))
    assert beyond.word == "supported" and "n = 3 seeds with 60 points" in beyond.text
    assert "where 100% of these points lie" in beyond.text
    before = claim.judge(table((0.55, 0.95)))
    assert before.word == "not supported" and "where 0% of these points lie" in before.text
    assert claim.judge(table((-1.0, 0.4))).word == "undecided"
    assert len(claim.draw(table((1.1, 3.0))).axes) == 3


def test_the_derivatives_are_those_by_hand() -> None:
    module = sys.modules[MODULE]
    logits = torch.tensor([-3.0, 0.0, 2.0])
    sigmoid = [-1 / (1 + math.exp(d)) for d in (-3.0, 0.0, 2.0)]
    assert module.derivative(find_loss("nsgan")(), logits).tolist() == pytest.approx(sigmoid)
    assert module.derivative(find_loss("lsgan")(), logits).tolist() == pytest.approx([-4.0, -1.0, 1.0])
    assert (module.boundary("NS GAN"), module.boundary("LS GAN")) == (0.0, 0.5)


def test_a_points_gradient_is_the_derivative_by_the_logit_times_the_logits_own() -> None:
    module = sys.modules[MODULE]
    discriminator = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2, 1), torch.nn.Flatten(0))
    with torch.no_grad():
        discriminator[1].weight.copy_(torch.tensor([[3.0, -4.0]]))
        discriminator[1].bias.zero_()
    points = torch.tensor([[1.0, 0.0], [1.0, 1.0]])[..., None, None]
    logit, by_logit, by_point = module.gradients(find_loss("lsgan")(), discriminator, points)
    assert logit.tolist() == [3.0, -1.0] and by_logit.tolist() == [2.0, -2.0]
    assert by_point.tolist() == [[6.0, -8.0], [-6.0, 8.0]]
