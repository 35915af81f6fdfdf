"""WGAN GP against numbers worked out by hand (Gulrajani et al. 2017)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context
from benchmark.losses.wgangp import WGANGP


def half_square(x: Tensor) -> Tensor:
    """A discriminator whose gradient is the image itself."""
    return x.flatten(1).square().sum(1) / 2


def context(u: list[float]) -> Context:
    """Real images with pixels (6, 0) and (0, 10), generated ones (0, 8) and (0, 0), interpolated with u."""
    real = torch.tensor([[6.0, 0.0], [0.0, 10.0]]).view(2, 1, 1, 2)
    fake = torch.tensor([[0.0, 8.0], [0.0, 0.0]]).view(2, 1, 1, 2)
    noise = {"u": torch.tensor(u).view(2, 1, 1, 1)}
    networks = {"generator": lambda z: z, "discriminator": half_square}
    return Context(networks, real, fake, noise, {"lambda": torch.tensor(10.0)}, {})


def test_wgangp_losses_match_hand_values() -> None:
    real, fake = torch.tensor([1.0, 4.0]), torch.tensor([-2.0, 0.5])
    assert WGANGP().discriminator_loss(real, fake, {}).item() == pytest.approx(-0.75 - 2.5)
    assert WGANGP().generator_loss(fake, {}).item() == pytest.approx(0.75)


def test_wgangp_penalty_is_taken_between_the_images_with_one_u_per_image() -> None:
    # u = 0.5 gives (3, 4), whose norm is 5; u = 0.2 gives (0, 2), whose norm is 2. Mean of 16 and 1, times lambda.
    c = context([0.5, 0.2])
    assert WGANGP().penalty(c, c.z).item() == pytest.approx(10 * (16 + 1) / 2)


def test_wgangp_u_of_one_is_the_real_image_and_of_zero_the_generated_one() -> None:
    c = context([1.0, 0.0])  # norms 6 and 0
    assert WGANGP().penalty(c, c.z).item() == pytest.approx(10 * (25 + 1) / 2)


def test_wgangp_v1_adds_its_epsilon_under_the_root() -> None:
    c = context([1.0, 0.0])
    expected = 10 * ((math.sqrt(36 + 1e-4) - 1) ** 2 + (math.sqrt(1e-4) - 1) ** 2) / 2
    assert WGANGP("v1").penalty(c, c.z).item() == pytest.approx(expected, rel=1e-6)


def test_wgangp_discriminator_objective_adds_the_penalty() -> None:
    # D is (18, 50) on the real images, (32, 0) on the generated ones; the penalty is 85 as above.
    assert WGANGP().discriminator_objective(context([0.5, 0.2])).item() == pytest.approx(16 - 34 + 85)


def test_wgangp_draws_one_number_per_image() -> None:
    assert WGANGP().draws((3, 32, 32)) == {"u": (1, 1, 1)}


@pytest.mark.parametrize("variant", ["paper", "v1"])
def test_wgangp_never_reuses_z(variant: str) -> None:
    assert not WGANGP(variant).reuses_z


def test_wgangp_ranges_and_defaults_are_the_study_s() -> None:
    assert WGANGP.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
        "lambda": LogUniform(-1, 2),
    }
    assert WGANGP.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Fixed(False),
        "lambda": LogUniform(-1, 1),
    }
    assert WGANGP.defaults == {
        "learning_rate": 1e-4,
        "beta1": 0.5,
        "disc_iters": 5,
        "discriminator_batch_norm": False,
        "lambda": 10,
    }
