"""Layer norm against numbers worked out by hand (Ba et al. 2016)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from benchmark.normalisations.layer import LayerNorm


def test_an_image_is_normalised_over_its_channels_and_positions_with_a_gain_and_a_shift_for_each_channel() -> None:
    layer = LayerNorm(2).double()
    layer.weight.data, layer.bias.data = torch.tensor([1.0, 3.0]).double(), torch.tensor([0.5, -1.0]).double()
    # Mean 3 and variance 5 over all four values of the image.
    x = torch.tensor([[[[0.0, 2.0]], [[4.0, 6.0]]]], dtype=torch.float64)
    deviation = math.sqrt(5 + 1e-5)
    expected = [-3 / deviation + 0.5, -1 / deviation + 0.5, 3 / deviation - 1, 9 / deviation - 1]
    assert layer(x).flatten().tolist() == pytest.approx(expected, rel=1e-12)


def test_units_are_normalised_over_all_of_them() -> None:
    deviation = math.sqrt(2 / 3 + 1e-5)
    found = LayerNorm(3).double()(torch.tensor([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]], dtype=torch.float64))
    assert found.flatten().tolist() == pytest.approx([-1 / deviation, 0, 1 / deviation, 0, 0, 0])


def test_it_starts_without_gain_and_shift() -> None:
    layer = LayerNorm(3)
    assert layer.weight.tolist() == [1, 1, 1] and layer.bias.tolist() == [0, 0, 0]


def test_its_second_derivative_in_a_population_is_that_of_plain_arithmetic() -> None:
    layer = LayerNorm(3).double()
    nn.init.uniform_(layer.weight, 0.5, 2)
    x = torch.rand(2, 4, 3, 2, 2, dtype=torch.float64)

    def plain(x: torch.Tensor) -> torch.Tensor:
        centred = x - x.mean((1, 2, 3), keepdim=True)
        normal = centred / (centred.square().mean((1, 2, 3), keepdim=True) + 1e-5).sqrt()
        return normal * layer.weight.view(-1, 1, 1) + layer.bias.view(-1, 1, 1)

    def penalised(network: object) -> object:
        def penalty(x: torch.Tensor) -> torch.Tensor:
            slope = torch.func.grad(lambda x: network(x).tanh().sum())(x)  # type: ignore[operator]
            return slope.square().sum()

        return torch.func.vmap(torch.func.grad(penalty))

    torch.testing.assert_close(penalised(layer)(x), penalised(plain)(x))  # type: ignore[operator]
