"""The hinge loss against numbers worked out by hand (Lim and Ye 2017), and the file by which it was published."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmark.losses import AdversarialLoss, find_loss
from benchmark.losses.hinge import Hinge
from benchmark.study.planning.resolution import find_losses

FILE = Path(__file__).parents[2] / "experiments" / "visitors" / "hinge.py"


def test_hinge_losses_match_hand_values() -> None:
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([-2.0, 0.5])
    assert Hinge().discriminator_loss(real, fake, {}).item() == pytest.approx((0 + 1) / 2 + (0 + 1.5) / 2)
    assert Hinge().generator_loss(fake, {}).item() == pytest.approx(0.75)


def test_the_file_of_the_published_study_is_the_same_loss_under_the_same_name() -> None:
    visitor = find_loss(str(FILE))
    assert issubclass(visitor, AdversarialLoss)
    real, fake = torch.randn(2, 64, generator=torch.Generator().manual_seed(0))
    assert visitor().discriminator_loss(real, fake, {}) == Hinge().discriminator_loss(real, fake, {})
    assert visitor().generator_loss(fake, {}) == Hinge().generator_loss(fake, {})
    for said in ("key", "name", "defaults", "wide", "narrow"):
        assert getattr(visitor, said) == getattr(Hinge, said)


def test_the_published_results_are_filed_under_the_key_and_the_hash_of_that_file() -> None:
    assert list(find_losses([str(FILE)])) == ["hinge@cd7e19303193"]
    assert list(find_losses(["hinge"])) == ["hinge"]
