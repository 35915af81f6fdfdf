"""Non-saturating GAN against numbers worked out by hand (Goodfellow et al. 2014)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context
from benchmark.losses.nsgan import NSGAN
from benchmark.models.infogan import Architecture, Discriminator
from benchmark.models.layers import initialise


def logits(*probabilities: float) -> Tensor:
    return torch.tensor([math.log(p / (1 - p)) for p in probabilities], dtype=torch.float64)


@pytest.mark.parametrize("variant", ["paper", "v1"])
def test_nsgan_discriminator_loss_matches_hand_value(variant: str) -> None:
    loss = NSGAN(variant).discriminator_loss(logits(0.5, 0.8), logits(0.1, 0.75), {})
    expected = -(math.log(0.5) + math.log(0.8)) / 2 - (math.log(0.9) + math.log(0.25)) / 2
    assert loss.shape == () and loss.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("variant", ["paper", "v1"])
def test_nsgan_generator_loss_matches_hand_value(variant: str) -> None:
    loss = NSGAN(variant).generator_loss(logits(0.1, 0.75), {})
    assert loss.item() == pytest.approx(-(math.log(0.1) + math.log(0.75)) / 2, rel=1e-12)


def test_nsgan_gradient_is_full_where_the_discriminator_is_confident() -> None:
    gradient = torch.func.grad(lambda x: NSGAN().generator_loss(x, {}))(torch.tensor([-20.0]))
    assert gradient.item() == pytest.approx(-1, rel=1e-6)


def test_nsgan_losses_stay_finite_at_extreme_logits() -> None:
    assert NSGAN().generator_loss(torch.tensor([-1e4, 1e4]), {}).item() == pytest.approx(5e3)


def test_nsgan_objectives_are_its_losses_of_the_networks_outputs() -> None:
    # D sums an image's pixels, G repeats z: logits are 2 and 4 for real images, -1 and 3 for generated ones.
    networks = {"generator": lambda z: z, "discriminator": lambda x: x.sum(1)}
    real, z = torch.tensor([[1.0, 1.0], [4.0, 0.0]]), torch.tensor([[-2.0, 1.0], [3.0, 0.0]])
    c = Context(networks, real, z, {}, {}, {})
    discriminator = (
        math.log1p(math.exp(-2)) + math.log1p(math.exp(-4)) + math.log1p(math.exp(-1)) + math.log1p(math.exp(3))
    ) / 2
    assert NSGAN().discriminator_objective(c).item() == pytest.approx(discriminator)
    assert NSGAN().generator_objective(c).item() == pytest.approx((math.log1p(math.e) + math.log1p(math.exp(-3))) / 2)


def test_real_and_generated_images_are_normalised_as_separate_batches() -> None:
    # Images that are equal within a batch leave batch norm with 0, and so D with its last bias, 0: unless they were mixed.
    discriminator = Discriminator(Architecture((1, 8, 8), width=1 / 16))
    initialise(discriminator, torch.Generator().manual_seed(0))
    networks: dict[str, nn.Module] = {"discriminator": discriminator.double(), "generator": nn.Identity()}
    dark, bright = torch.zeros(4, 1, 8, 8, dtype=torch.float64), torch.ones(4, 1, 8, 8, dtype=torch.float64)
    loss = NSGAN().discriminator_objective(Context(networks, bright, dark, {}, {}, {}))
    assert loss.item() == pytest.approx(2 * math.log(2), rel=1e-9)
    mixed = networks["discriminator"](torch.cat([bright, dark]))
    assert mixed.abs().max() > 1e-3


def test_nsgan_objectives_train_one_network_each() -> None:
    discriminator, generator = NSGAN().objectives()
    assert (discriminator.trains, discriminator.every) == (("discriminator",), "step")
    assert (generator.trains, generator.every) == (("generator",), "disc_iters")


def test_nsgan_ranges_and_defaults_are_the_study_s() -> None:
    assert NSGAN.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert NSGAN.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert NSGAN.defaults == {"learning_rate": 5e-5, "beta1": 0, "disc_iters": 1, "discriminator_batch_norm": True}
