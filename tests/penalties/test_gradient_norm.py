"""The gradient norm against closed forms and finite differences (Gulrajani et al. 2017)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.penalties.gradient_norm import V1_EPSILON, gradient_norm, gradient_penalty


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def small_network(x: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """A nonlinear discriminator of [n, 1, 2, 3] images."""
    return (x.flatten(1) @ first).tanh().square() @ second


def test_linear_discriminator_has_the_gradient_of_its_weights_everywhere() -> None:
    weight = torch.tensor([3.0, 0.0, 4.0, 12.0])
    images = normal(5, 1, 2, 2).float()
    assert gradient_norm(lambda x: x.flatten(1) @ weight, images).tolist() == pytest.approx([13.0] * 5)
    assert gradient_penalty(lambda x: x.flatten(1) @ weight, images).item() == pytest.approx(144)


def test_quadratic_discriminator_has_the_gradient_of_its_image() -> None:
    images = torch.tensor([[3.0, 4.0], [0.0, 2.0], [1.0, 0.0]]).view(3, 1, 1, 2)

    def half_square(x: Tensor) -> Tensor:
        return x.square().sum((1, 2, 3)) / 2

    assert gradient_norm(half_square, images).tolist() == pytest.approx([5, 2, 1])
    assert gradient_penalty(half_square, images).item() == pytest.approx((16 + 1 + 0) / 3)


def test_norm_is_over_all_pixels_and_channels_of_one_image() -> None:
    assert gradient_norm(lambda x: x.sum((1, 2, 3)), normal(2, 3, 4, 5)).tolist() == pytest.approx([math.sqrt(60)] * 2)


def test_gradient_norm_matches_finite_differences() -> None:
    images, first, second, step = normal(2, 1, 2, 3), normal(6, 4, seed=1), normal(4, seed=2), 1e-6
    slopes = torch.zeros(2, 6, dtype=torch.float64)
    for pixel in range(6):
        shift = torch.zeros(6, dtype=torch.float64)
        shift[pixel] = step
        shift = shift.view(1, 1, 2, 3)
        rise = small_network(images + shift, first, second) - small_network(images - shift, first, second)
        slopes[:, pixel] = rise / (2 * step)
    norm = gradient_norm(lambda x: small_network(x, first, second), images)
    torch.testing.assert_close(norm, slopes.norm(dim=1), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, V1_EPSILON])
def test_derivative_of_the_penalty_by_the_weights_matches_finite_differences(epsilon: float) -> None:
    images = normal(3, 1, 2, 3)

    def penalty(first: Tensor, second: Tensor) -> Tensor:
        return gradient_penalty(lambda x: small_network(x, first, second), images, epsilon=epsilon)

    weights = (normal(6, 4, seed=1).requires_grad_(), normal(4, seed=2).requires_grad_())
    assert torch.autograd.gradcheck(penalty, weights)


def test_derivative_of_the_penalty_matches_the_closed_form_of_a_linear_discriminator() -> None:
    # d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w|, with |w| = 5.
    weight, images = torch.tensor([3.0, 4.0], dtype=torch.float64), normal(2, 1, 1, 2)
    slope = torch.func.grad(lambda w: gradient_penalty(lambda x: x.flatten(1) @ w, images))(weight)
    assert slope.tolist() == pytest.approx([4.8, 6.4])


def test_gradient_of_zero_gives_no_nan() -> None:
    # The norm has no derivative at zero: its square root's is infinite, and infinity times zero is NaN.
    weight, images = torch.zeros(4, dtype=torch.float64), normal(3, 1, 2, 2)
    slope, value = torch.func.grad_and_value(lambda w: gradient_penalty(lambda x: x.flatten(1) @ w, images))(weight)
    assert value.item() == 1 and slope.tolist() == [0, 0, 0, 0]


def test_one_image_without_a_gradient_leaves_the_others_theirs() -> None:
    # D = w x^2 / 2 has the gradient w x: norms 0 and 2 at w = 1. d/dw of the mean of (norm - 1)^2 is (2 - 1) * 2.
    images = torch.tensor([0.0, 2.0], dtype=torch.float64).view(2, 1, 1, 1)
    one = torch.ones((), dtype=torch.float64)
    slope = torch.func.grad(lambda w: gradient_penalty(lambda x: w * x.square().sum((1, 2, 3)) / 2, images))(one)
    assert slope.item() == pytest.approx(2)


def test_v1_epsilon_is_added_under_the_root() -> None:
    assert V1_EPSILON == 1e-4
    images = torch.tensor([0.0, 2.0], dtype=torch.float64).view(2, 1, 1, 1)
    norm = gradient_norm(lambda x: x.square().sum((1, 2, 3)) / 2, images, epsilon=V1_EPSILON)
    assert norm.tolist() == pytest.approx([0.01, math.sqrt(4.0001)])


def test_penalty_works_inside_a_population() -> None:
    # vmap over the members' weights, outside the gradient by the images.
    images, weights = normal(2, 1, 1, 2), torch.tensor([[3.0, 4.0], [0.6, 0.8]], dtype=torch.float64)
    penalties = torch.func.vmap(lambda w: gradient_penalty(lambda x: x.flatten(1) @ w, images))(weights)
    assert penalties.tolist() == pytest.approx([16, 0])
