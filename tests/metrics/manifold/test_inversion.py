from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmark.metrics.manifold.inversion import descend, nearest_latents


def identity(z: Tensor) -> Tensor:
    """A generator of images 8x8 that are the latents: it draws every image of the prior's support."""
    return z.view(-1, 1, 8, 8)


def images(scale: float) -> Tensor:
    return scale * torch.randn(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_uniform_latents_come_as_near_as_the_cube_does() -> None:
    x = images(1.5)
    distance, z = nearest_latents(identity, x, "uniform")
    beyond = (x.abs() - 1).clamp(min=0).square().sum((1, 2, 3))
    torch.testing.assert_close(distance, beyond, rtol=0.01, atol=0.01)
    assert z.abs().max() <= 1
    torch.testing.assert_close((identity(z) - x).square().sum((1, 2, 3)), distance)


def test_normal_latents_leave_the_cube() -> None:
    x = torch.full((2, 1, 8, 8), 1.5)
    start = torch.zeros(2, 64)
    assert descend(identity, start, x, "normal", steps=100)[0].max() < 1e-3
    torch.testing.assert_close(descend(identity, start, x, "uniform", steps=100)[0], torch.full((2,), 64 * 0.25))


def test_images_beside_an_image_do_not_change_its_distance() -> None:
    x = images(1.5)
    torch.testing.assert_close(nearest_latents(identity, x, "uniform")[0][:2], nearest_latents(identity, x[:2], "uniform")[0])


def test_descent_returns_the_nearest_latents_it_has_seen() -> None:
    # At the minimum already: every step of Adam leads away from it.
    x = torch.zeros(1, 1, 8, 8)
    distance, z = descend(identity, torch.zeros(1, 64), x, "normal", steps=3)
    assert distance.item() == 0 and z.abs().max() == 0


def test_images_that_are_not_finite_have_no_distance() -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        nearest_latents(lambda z: identity(z) * torch.nan, images(1), "uniform")
