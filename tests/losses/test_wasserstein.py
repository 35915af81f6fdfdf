"""The Wasserstein loss against numbers worked out by hand (Arjovsky et al. 2017)."""

from __future__ import annotations

import pytest
import torch

from benchmark.losses.wasserstein import Wasserstein


def test_wasserstein_losses_match_hand_values() -> None:
    real, fake = torch.tensor([1.0, 4.0]), torch.tensor([-2.0, 0.5])
    assert Wasserstein().discriminator_loss(real, fake, {}).item() == pytest.approx(-0.75 - 2.5)
    assert Wasserstein().generator_loss(fake, {}).item() == pytest.approx(0.75)


def test_nothing_keeps_the_critic_s_weights_small() -> None:
    (critic, _) = Wasserstein().objectives()
    assert "clip" not in Wasserstein.defaults and Wasserstein().draws((1, 28, 28)) == {}
    assert critic.name == "discriminator"
