"""DRAGAN against numbers worked out by hand (Kodali et al. 2017)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context
from benchmark.losses.dragan import DRAGAN


def context(real: Tensor, weight: Tensor, **noise: Tensor) -> Context:
    """A context whose discriminator is linear with these weights and whose generator shows z."""
    networks = {"generator": lambda z: z, "discriminator": lambda x: x.flatten(1) @ weight}
    return Context(networks, real, torch.zeros_like(real), noise, {"lambda": torch.tensor(10.0, dtype=real.dtype)}, {})


def pixels(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_dragan_losses_match_hand_values() -> None:
    # D = 0.5 and 0.8 on real images, 0.1 on the generated one.
    real, fake = torch.tensor([0.0, math.log(4)]), torch.tensor([-math.log(9)])
    expected = -(math.log(0.5) + math.log(0.8)) / 2 - math.log(0.9)
    assert DRAGAN().discriminator_loss(real, fake, {}).item() == pytest.approx(expected, rel=1e-6)
    assert DRAGAN().generator_loss(fake, {}).item() == pytest.approx(-math.log(0.1), rel=1e-6)


def test_dragan_penalty_is_on_the_sigmoid() -> None:
    # A draw of 0.5 is no noise. d = 3 x + 4 y is 0 and log 3 on the images, so D' = D (1 - D) = 1/4 and 3/16, and |w| = 5.
    real = torch.tensor([[0.0, 0.0], [math.log(3) / 3, 0.0]], dtype=torch.float64).view(2, 1, 1, 2)
    c = context(real, torch.tensor([3.0, 4.0], dtype=torch.float64), pixels=torch.full((2, 1, 1, 2), 0.5, dtype=torch.float64))
    expected = 10 * ((5 / 4 - 1) ** 2 + (15 / 16 - 1) ** 2) / 2
    assert DRAGAN().penalty(c, c.z).item() == pytest.approx(expected, rel=1e-12)
    # The objective adds it to NS GAN's, here with D = 1/2 and 3/4 on real images, 1/2 on generated ones.
    cross_entropy = -(math.log(1 / 2) + math.log(3 / 4)) / 2 - math.log(1 / 2)
    assert DRAGAN().discriminator_objective(c).item() == pytest.approx(cross_entropy + expected, rel=1e-12)


def test_dragan_v1_penalty_adds_its_epsilon_under_the_root() -> None:
    real = torch.zeros(2, 1, 1, 2, dtype=torch.float64)
    u = torch.ones(2, 1, 1, 1, dtype=torch.float64)
    c = context(real, torch.tensor([3.0, 4.0], dtype=torch.float64), pixels=real, u=u)
    assert DRAGAN("v1").penalty(c, c.z).item() == pytest.approx(10 * (math.sqrt(25 / 16 + 1e-4) - 1) ** 2, rel=1e-9)


def test_dragan_penalty_does_not_look_at_generated_images() -> None:
    c = context(pixels(2), torch.ones(64, dtype=torch.float64), pixels=pixels(2, seed=3))
    assert DRAGAN().penalty(c, c.z).item() == DRAGAN().penalty(c, c.z + 1).item()


def test_dragan_ranges_and_defaults_are_the_study_s() -> None:
    assert DRAGAN.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
        "lambda": LogUniform(-1, 2),
    }
    assert DRAGAN.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Fixed(False),
        "lambda": LogUniform(-1, 1),
    }
    assert DRAGAN.defaults == {
        "learning_rate": 1e-4,
        "beta1": 0.5,
        "disc_iters": 1,
        "discriminator_batch_norm": True,
        "lambda": 10,
    }
