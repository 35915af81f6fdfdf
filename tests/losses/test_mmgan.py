"""Minimax GAN against numbers worked out by hand (Goodfellow et al. 2014)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.mmgan import MMGAN
from benchmark.losses.nsgan import NSGAN


def logits(*probabilities: float) -> Tensor:
    return torch.tensor([math.log(p / (1 - p)) for p in probabilities], dtype=torch.float64)


@pytest.mark.parametrize("variant", ["paper", "v1"])
def test_mmgan_discriminator_loss_matches_hand_value(variant: str) -> None:
    loss = MMGAN(variant).discriminator_loss(logits(0.5, 0.8), logits(0.1, 0.75), {})
    expected = -(math.log(0.5) + math.log(0.8)) / 2 - (math.log(0.9) + math.log(0.25)) / 2
    assert loss.shape == () and loss.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("variant", ["paper", "v1"])
def test_mmgan_generator_loss_matches_hand_value(variant: str) -> None:
    loss = MMGAN(variant).generator_loss(logits(0.1, 0.75), {})
    assert loss.item() == pytest.approx((math.log(0.9) + math.log(0.25)) / 2, rel=1e-12)


def test_mmgan_discriminator_that_knows_nothing_loses_two_log_two() -> None:
    assert MMGAN().discriminator_loss(torch.zeros(3), torch.zeros(3), {}).item() == pytest.approx(2 * math.log(2))


def test_mmgan_generator_gradient_is_minus_d_and_nsgan_s_is_d_minus_one() -> None:
    d = logits(1e-9, 0.001, 0.3, 0.5, 0.9)
    minimax = torch.func.grad(lambda x: MMGAN().generator_loss(x, {}))(d)
    non_saturating = torch.func.grad(lambda x: NSGAN().generator_loss(x, {}))(d)
    probabilities = torch.tensor([1e-9, 0.001, 0.3, 0.5, 0.9], dtype=torch.float64)
    torch.testing.assert_close(minimax, -probabilities / 5)
    torch.testing.assert_close(non_saturating, (probabilities - 1) / 5)


def test_mmgan_gradient_vanishes_where_the_discriminator_is_confident() -> None:
    # Goodfellow et al. 2014, section 3; -20 is the logit of an image that D is sure was generated.
    gradient = torch.func.grad(lambda x: MMGAN().generator_loss(x, {}))(torch.tensor([-20.0]))
    assert 0 < -gradient.item() == pytest.approx(math.exp(-20), rel=1e-4)


def test_mmgan_losses_and_gradients_stay_finite_at_extreme_logits() -> None:
    extreme = torch.tensor([-1e4, 1e4])
    assert MMGAN().discriminator_loss(extreme, extreme, {}).item() == pytest.approx(1e4)
    assert torch.func.grad(lambda x: MMGAN().generator_loss(x, {}))(extreme).tolist() == [0.0, -0.5]


def test_mmgan_ranges_and_defaults_are_the_study_s() -> None:
    assert MMGAN.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert MMGAN.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert MMGAN.defaults == {"learning_rate": 5e-5, "beta1": 0, "disc_iters": 1, "discriminator_batch_norm": True}
