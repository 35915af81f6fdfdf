"""Least-squares GAN against numbers worked out by hand (Mao et al. 2016)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.lsgan import LSGAN
from benchmark.losses.nsgan import NSGAN


def targets(a: float, b: float, c: float) -> dict[str, Tensor]:
    return {"a": torch.tensor(a), "b": torch.tensor(b), "c": torch.tensor(c)}


REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])


def test_lsgan_discriminator_loss_matches_hand_value() -> None:
    # real to 1: (1 + 4) / 2 = 2.5; generated to 0: (0.25 + 9) / 2 = 4.625; half the sum.
    assert LSGAN().discriminator_loss(REAL, FAKE, targets(0, 1, 1)).item() == pytest.approx(3.5625)


def test_lsgan_generator_loss_matches_hand_value() -> None:
    # generated to 1: (0.25 + 4) / 2 = 2.125; half of it.
    assert LSGAN().generator_loss(FAKE, targets(0, 1, 1)).item() == pytest.approx(1.0625)


def test_lsgan_losses_match_hand_values_with_the_other_targets() -> None:
    # a = -1, b = 1, c = 0: (1 + 4) / 2 and (2.25 + 16) / 2 for D, (0.25 + 9) / 2 for G.
    h = targets(-1, 1, 0)
    assert LSGAN().discriminator_loss(REAL, FAKE, h).item() == pytest.approx((2.5 + 9.125) / 2)
    assert LSGAN().generator_loss(FAKE, h).item() == pytest.approx(4.625 / 2)


def test_lsgan_v1_squares_the_sigmoid() -> None:
    # Logits of the probabilities 0.8 and 0.25, whose distances to 1 are 0.2 and 0.75.
    real, fake = torch.tensor([math.log(4.0)]), torch.tensor([-math.log(3.0)])
    h = targets(0, 1, 1)
    assert LSGAN("v1").discriminator_loss(real, fake, h).item() == pytest.approx((0.2**2 + 0.25**2) / 2)
    assert LSGAN("v1").generator_loss(fake, h).item() == pytest.approx(0.75**2 / 2)


def test_lsgan_generator_objective_is_the_pearson_divergence_at_the_optimal_discriminator() -> None:
    # Densities over three images in eighths, as samples, so that the batch mean is the expectation.
    p_data, p_g = [4, 2, 2], [1, 3, 4]
    h = {k: v.double() for k, v in targets(-1, 1, 0).items()}
    optimal = torch.tensor([(d - g) / (d + g) for d, g in zip(p_data, p_g, strict=True)], dtype=torch.float64)
    real, fake = (torch.arange(3).repeat_interleave(torch.tensor(p)) for p in (p_data, p_g))

    slope = torch.func.grad(lambda d: LSGAN().discriminator_loss(d[real], d[fake], h))(optimal)
    assert slope.abs().max() < 1e-12  # it is the optimal one

    # Mao's C(G) has the real images' term too, which has no gradient for G.
    twice_c = 2 * (LSGAN().generator_loss(optimal[real], h) + LSGAN().generator_loss(optimal[fake], h))
    chi_squared = sum((2 * g / 8 - (d + g) / 8) ** 2 / ((d + g) / 8) for d, g in zip(p_data, p_g, strict=True))
    assert twice_c.item() == pytest.approx(chi_squared, rel=1e-12)


def test_lsgan_gradient_grows_with_the_distance_where_cross_entropy_s_vanishes() -> None:
    # Mao et al. 2016, section 1, on a generated image far on the real side of the boundary; here at d = 20.
    far = torch.tensor([20.0], dtype=torch.float64)
    h = {k: v.double() for k, v in targets(0, 1, 1).items()}
    assert torch.func.grad(lambda d: LSGAN().generator_loss(d, h))(far).item() == pytest.approx(19)
    assert torch.func.grad(lambda d: NSGAN().generator_loss(d, {}))(far).item() == pytest.approx(-math.exp(-20), rel=1e-6)


def test_lsgan_ranges_and_defaults_are_the_study_s() -> None:
    assert LSGAN.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
        "a": Fixed(0),
        "b": Fixed(1),
        "c": Fixed(1),
    }
    assert LSGAN.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Choice((True, False)),
        "a": Fixed(0),
        "b": Fixed(1),
        "c": Fixed(1),
    }
    assert LSGAN.defaults == {
        "learning_rate": 2e-4,
        "beta1": 0.5,
        "disc_iters": 1,
        "discriminator_batch_norm": True,
        "a": 0,
        "b": 1,
        "c": 1,
    }
