"""Claim parallel-lines: the verdict on tables made by hand, the closed forms by hand. It mirrors no module."""

from __future__ import annotations

import math
import sys

import pandas as pd
import pytest
import torch
from torch import nn

from benchmark.claims import find_claim

MODULE = find_claim("parallel-lines").__module__
LOG2 = math.log(2)


def table(js: float = LOG2, slope: float = 1.0, mm: float = 1e-3) -> pd.DataFrame:
    """Three seeds that differ a little, with these JS estimates, slopes of W and gradients of MM GAN where WGAN GP's is 1."""
    rows = []
    for offset in (0.0, 0.1, 0.4):
        for seed, nearly in enumerate((0.99, 1.0, 1.01)):
            jensen, place = (js if offset else 0.0), {"offset": offset, "seed": seed}
            rows += [
                place | {"loss": "MM GAN", "estimate": jensen, "gradient": -mm * nearly},
                place | {"loss": "NS GAN", "estimate": jensen, "gradient": 20 * nearly},
                place | {"loss": "WGAN GP", "estimate": slope * offset * nearly, "gradient": 1.0},
            ]
    return pd.DataFrame(rows)


def test_the_claim_is_supported_if_js_is_flat_w_the_offset_and_minimax_gradients_small() -> None:
    claim = find_claim("parallel-lines")()
    verdict = claim.judge(table())
    assert verdict.word == "supported" and "n = 3 seeds at each of 2 offsets" in verdict.text
    assert "slope 1.000 (0.975 to 1.025)" in verdict.text and "0.001 (0.00098 to 0.001) of WGAN GP's" in verdict.text
    for wrong in (table(js=0.6), table(slope=0.5), table(mm=0.5)):
        assert claim.judge(wrong).word == "not supported"
    assert claim.judge(table(slope=1.09)).word == "undecided"
    assert len(claim.draw(table()).axes) == 2


def test_the_estimates_are_the_closed_forms_at_the_optimal_discriminators() -> None:
    module = sys.modules[MODULE]
    lines = module.Line()
    with torch.no_grad():
        lines.offset.fill_(0.4)
    z = torch.linspace(-1, 1, 5)[:, None].expand(5, 64)
    points = lines(z)
    assert points.shape == (5, 2, 1, 1)
    assert torch.allclose(points.flatten(1), torch.tensor([[0.6, 0.0], [0.6, 0.25], [0.6, 0.5], [0.6, 0.75], [0.6, 1.0]]))
    real = points - torch.tensor([0.4, 0.0])[:, None, None]

    class Affine(nn.Module):
        """The logit 40 (0.4 - x), or for the critic -x: by the first real points are +8, generated ones -8."""

        def __init__(self, steepness: float) -> None:
            super().__init__()
            self.steepness = steepness

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.steepness * (0.4 - x[:, 0, 0, 0])

    sigmoid = 1 / (1 + math.exp(8))
    steep = {"discriminator": Affine(40), "generator": lines}
    assert module.learnt("mmgan", steep, real, z) == pytest.approx((LOG2 - math.log1p(math.exp(-8)), 40 * sigmoid), rel=1e-4)
    assert module.learnt("nsgan", steep, real, z)[1] == pytest.approx(40 * (1 - sigmoid), rel=1e-4)
    critic = {"discriminator": Affine(1), "generator": lines}
    assert module.learnt("wgangp", critic, real, z) == pytest.approx((0.4, 1.0), rel=1e-5)
