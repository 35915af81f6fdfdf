"""The noise of DRAGAN's penalty against numbers worked out by hand (Kodali et al. 2017)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.penalties.dragan import DraganPenalty


def pixels(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_dragan_noise_has_mean_zero_and_half_the_deviation_of_the_batch() -> None:
    # Half the pixels 0, half 1: the batch's deviation is 0.5. 64,000 draws put 5 sigma of the mean at 0.005.
    real = torch.tensor([0.0, 1.0], dtype=torch.float64).repeat(32_000).view(1000, 1, 8, 8)
    moved = DraganPenalty().perturbed(real, {"pixels": pixels(1000)}) - real
    assert moved.mean().item() == pytest.approx(0, abs=0.005)
    assert moved.std().item() == pytest.approx(0.25, rel=0.015)


def test_dragan_noise_goes_to_both_sides_alike() -> None:
    real = pixels(4, seed=1)
    u = pixels(4)
    forth = DraganPenalty().perturbed(real, {"pixels": u}) - real
    back = DraganPenalty().perturbed(real, {"pixels": 1 - u}) - real
    assert (forth > 0).any() and (forth < 0).any()
    torch.testing.assert_close(forth, -back)


def test_dragan_noise_is_the_normal_quantile_of_its_draw() -> None:
    # 0.8413447 is the normal distribution function at 1; the batch's deviation is 0.5.
    real = torch.tensor([0.0, 1.0], dtype=torch.float64).view(2, 1, 1, 1)
    u = torch.tensor([0.8413447460685429, 0.5], dtype=torch.float64).view(2, 1, 1, 1)
    assert DraganPenalty().perturbed(real, {"pixels": u}).flatten().tolist() == pytest.approx([0.25, 1.0])


@pytest.mark.parametrize("extreme", [0.0, 1 - 2.0**-24])
def test_dragan_noise_is_finite_for_every_float32_in_its_range(extreme: float) -> None:
    real = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1)
    assert DraganPenalty().perturbed(real, {"pixels": torch.full((2, 1, 1, 1), extreme)}).isfinite().all()


def test_dragan_v1_noise_is_one_sided_and_below_half_the_deviation() -> None:
    real = torch.tensor([0.0, 1.0], dtype=torch.float64).repeat(320).view(10, 1, 8, 8)
    u = torch.rand(10, 1, 1, 1, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    moved = DraganPenalty("v1").perturbed(real, {"pixels": pixels(10), "u": u}) - real
    assert moved.min() >= 0 and moved.max() < 0.25


def test_dragan_v1_noise_matches_hand_value() -> None:
    # Deviation 0.5: the noise is 0.25 * pixels, and the image goes u of the way towards it.
    real = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1)
    u, draw = torch.tensor([0.5, 1.0]).view(2, 1, 1, 1), torch.tensor([0.8, 0.4]).view(2, 1, 1, 1)
    moved = DraganPenalty("v1").perturbed(real, {"pixels": draw, "u": u})
    assert moved.flatten().tolist() == pytest.approx([0.1, 1.1])


def root_mean_square(noise: Tensor) -> float:
    return float(noise.square().mean().sqrt())


def test_dragan_noise_has_the_size_that_the_docstring_says() -> None:
    # In units of the batch's deviation; 640,000 draws of pixels and 10,000 of u put 5 sigma at 2%.
    real = pixels(10_000, seed=1)
    u = torch.rand(10_000, 1, 1, 1, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    draw, deviation = pixels(10_000), real.std(correction=0)
    sizes = {
        "ours": root_mean_square(DraganPenalty().perturbed(real, {"pixels": draw}) - real),
        "the authors' formula": root_mean_square(0.5 * deviation * draw),
        "v1": root_mean_square(DraganPenalty("v1").perturbed(real, {"pixels": draw, "u": u}) - real),
    }
    expected = {"ours": 0.5, "the authors' formula": 0.5 / math.sqrt(3), "v1": 0.5 / 3}
    assert {name: size / deviation.item() for name, size in sizes.items()} == pytest.approx(expected, rel=0.02)
    assert all(text in (DraganPenalty.__doc__ or "") for text in ("0.50", f"{0.5 / math.sqrt(3):.2f}", f"{0.5 / 3:.3f}"))
