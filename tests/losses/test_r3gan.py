"""R3GAN's loss, a file in experiments/, against numbers worked out by hand (Huang et al. 2024). It mirrors no module."""

from __future__ import annotations

from math import exp, log1p
from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmark.data.mnist import FashionMNIST
from benchmark.losses import RelativisticLoss, find_loss
from benchmark.losses.base import Context
from benchmark.study.running.rehearsal import rehearse_loss

FILE = Path(__file__).parents[2] / "experiments" / "visitors" / "r3gan.py"


@pytest.fixture
def r3gan() -> RelativisticLoss:
    found = find_loss(str(FILE))()
    assert isinstance(found, RelativisticLoss)
    return found


def half_square(x: Tensor) -> Tensor:
    """A discriminator whose gradient is the image itself."""
    return x.flatten(1).square().sum(1) / 2


def test_each_generated_image_is_set_against_a_real_one(r3gan: RelativisticLoss) -> None:
    real, fake = torch.tensor([1.0, 4.0]), torch.tensor([-2.0, 4.5])
    expected = [sum(log1p(exp(sign * d)) for d in (-3.0, 0.5)) / 2 for sign in (1, -1)]  # of fake - real
    assert r3gan.discriminator_loss(real, fake, {}).item() == pytest.approx(expected[0])
    assert r3gan.generator_loss(real, fake, {}).item() == pytest.approx(expected[1])


def test_the_squared_gradients_at_real_and_generated_images_are_penalised_by_half_gamma(r3gan: RelativisticLoss) -> None:
    real = torch.tensor([[3.0, 4.0], [0.0, 1.0]]).view(2, 1, 1, 2)  # squared norms 25 and 1
    fake = torch.tensor([[2.0, 0.0], [0.0, 0.0]]).view(2, 1, 1, 2)  # 4 and 0
    c = Context({"discriminator": half_square}, real, fake, {}, {"gamma": torch.tensor(6.0)}, {})
    penalty = r3gan.penalty(c, fake)
    assert isinstance(penalty, Tensor) and penalty.item() == pytest.approx(6 / 2 * (26 / 2 + 4 / 2))


def test_it_trains_as_the_seven_do(r3gan: RelativisticLoss) -> None:
    rehearse_loss(r3gan, FashionMNIST)
