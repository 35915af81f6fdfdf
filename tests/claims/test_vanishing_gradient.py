"""Claim vanishing-gradient: the verdict on tables made by hand, the gradients by hand. It mirrors no module."""

from __future__ import annotations

import math
import sys

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from benchmark.claims import find_claim

MODULE = find_claim("vanishing-gradient").__module__


def table(**factors: float) -> pd.DataFrame:
    """Three seeds that differ a little, at each stage; a loss's gradient is multiplied by its factor in the last step."""
    module, rows = sys.modules[MODULE], []
    for loss in module.NAMES:
        for stage in module.STAGES:
            for seed in range(3):
                for steps in module.DISCRIMINATOR_STEPS:
                    last = steps == module.DISCRIMINATOR_STEPS[-1]
                    factor = factors.get(loss.replace(" ", "_"), 1.0) * 1.1 ** (seed - 1) if last else 1.0
                    place = {"loss": loss, "seed": seed, "stage": stage, "discriminator_steps": steps}
                    rows.append(place | {"gradient": factor, "confidence": 0.999 if last else 0.5})
    return pd.DataFrame(rows)


def test_the_claim_is_supported_if_the_minimax_gradient_falls_and_the_other_does_not() -> None:
    claim = find_claim("vanishing-gradient")()
    verdict = claim.judge(table(MM_GAN=1e-3, NS_GAN=3.0))
    assert verdict.word == "supported" and "MM GAN 0.001 (0.000789 to 0.00127)" in verdict.text
    assert "0.500 to 0.99900" in verdict.text and "n = 3 seeds" in verdict.text
    assert claim.judge(table(MM_GAN=1e-3, NS_GAN=0.5)).word == "not supported"
    assert claim.judge(table(MM_GAN=0.5, NS_GAN=3.0)).word == "not supported"
    assert claim.judge(table(MM_GAN=1e-3)).word == "undecided"
    assert len(claim.draw(table(MM_GAN=1e-3, NS_GAN=3.0)).axes) == 4


class Shifted(nn.Module):
    """A generator of one weight w that gives w for every latent."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(-1.0))

    def forward(self, z: Tensor) -> Tensor:
        return self.weight.expand(len(z))


class Steep(nn.Module):
    """A discriminator with the logit 5 x."""

    def forward(self, x: Tensor) -> Tensor:
        return 5 * x


def test_the_gradient_by_the_generators_weights_is_that_by_hand() -> None:
    module = sys.modules[MODULE]
    networks, real, z = {"discriminator": Steep(), "generator": Shifted()}, torch.ones(4), torch.zeros(4, 64)
    doubt = 1 / (1 + math.exp(5))  # D(x') at the logit -5, and 1 - D(x) at the logit 5
    minimax, other = (module.look(key, networks, real, z) for key in ("mmgan", "nsgan"))
    assert minimax == pytest.approx({"gradient": 5 * doubt, "confidence": 1 - doubt})
    assert other["gradient"] == pytest.approx(5 * (1 - doubt))
    assert module.look("lsgan", networks, real, z)["gradient"] == pytest.approx(5 * 6)
    assert module.look("wgan", networks, real, z)["gradient"] == pytest.approx(5)
    assert math.isnan(module.look("wgangp", networks, real, z)["confidence"])
