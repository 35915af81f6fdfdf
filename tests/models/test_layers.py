"""Convolutions, fully connected layers and initial weights."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.models.infogan import Architecture, AutoEncoder, Discriminator, Generator
from benchmark.models.layers import Down, Up, initialise
from benchmark.normalisations import known_normalisations
from benchmark.normalisations.batch import BatchNorm


def batch(*shape: int, seed: int = 0) -> Tensor:
    """Values whose channels differ in mean and spread."""
    draws = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    channel = torch.arange(1, shape[1] + 1, dtype=torch.float64).view(1, -1, *[1] * (len(shape) - 2))
    return channel * draws + channel + seed


def test_convolutions_halve_and_double_the_image() -> None:
    assert Down(3, 5)(torch.zeros(2, 3, 8, 12)).shape == (2, 5, 4, 6)
    assert Up(5, 3)(torch.zeros(2, 5, 4, 6)).shape == (2, 3, 8, 12)
    for layer in (Down(3, 5), Up(5, 3)):
        assert (layer.kernel_size, layer.stride, layer.padding) == ((4, 4), (2, 2), (1, 1))


@pytest.mark.parametrize("products", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_convolutions_of_any_number_of_channels_are_torch_s_to_the_second_derivative(channels: int, products: bool) -> None:
    down, up = Down(channels, 5, products=products).double(), Up(5, channels, products=products).double()
    image, maps = batch(2, channels, 8, 12).requires_grad_(), batch(2, 5, 4, 6).requires_grad_()
    for layer, x, expected in (
        (down, image, F.conv2d(image, down.weight, down.bias, stride=2, padding=1)),
        (up, maps, F.conv_transpose2d(maps, up.weight, up.bias, stride=2, padding=1)),
    ):
        found = layer(x)
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(layer(x.detach()), expected)  # without a gradient of its input it may take another way
        leaves = (x, layer.weight, layer.bias)
        first = [torch.autograd.grad(y.square().sum(), leaves, create_graph=True) for y in (found, expected)]
        torch.testing.assert_close(*first)
        second = [torch.autograd.grad(sum(g.square().sum() for g in of), leaves) for of in first]
        torch.testing.assert_close(*second)


@pytest.mark.parametrize("network", [Discriminator, AutoEncoder])
@pytest.mark.parametrize("key", known_normalisations())
def test_batches_that_pass_together_give_what_they_give_alone(network: type[nn.Module], key: str) -> None:
    model = network(Architecture((1, 8, 8), 1 / 16, known_normalisations()[key]())).double()
    initialise(model, torch.Generator().manual_seed(0))
    first, second = torch.rand(6, 1, 8, 8, dtype=torch.float64), torch.rand(6, 1, 8, 8, dtype=torch.float64) / 3
    together = model(torch.cat((first, second)), 2)
    torch.testing.assert_close(together, torch.cat((model(first), model(second))))


def test_linear_weights_are_normal_with_deviation_0_02() -> None:
    layer = nn.Linear(500, 400)
    initialise(layer, torch.Generator().manual_seed(0))
    # 200,000 draws: 5 sigma of the mean is 2.2e-4, of the deviation 0.8%; about 4.6% lie beyond two sigma.
    assert layer.weight.mean().item() == pytest.approx(0, abs=2.2e-4)
    assert layer.weight.std().item() == pytest.approx(0.02, rel=0.008)
    assert (layer.weight.abs() > 0.04).double().mean().item() == pytest.approx(0.0455, abs=0.0025)


@pytest.mark.parametrize("layer", [Down(64, 128), Up(128, 64)], ids=["conv", "deconv"])
def test_convolution_weights_are_truncated_at_two_sigma(layer: nn.Module) -> None:
    initialise(layer, torch.Generator().manual_seed(0))
    assert layer.weight.abs().max() <= 0.04
    # Variance of a standard normal cut at 2: 1 - 4 phi(2) / (2 Phi(2) - 1).
    density, inside = math.exp(-2) / math.sqrt(2 * math.pi), math.erf(2 / math.sqrt(2))
    assert layer.weight.std().item() == pytest.approx(0.02 * math.sqrt(1 - 4 * density / inside), rel=0.01)
    assert layer.weight.mean().item() == pytest.approx(0, abs=2.5e-4)
    # Redrawn or mapped, not clamped: no heap of weights at the edge. 3% would lie beyond 0.0399 if it were.
    assert (layer.weight.abs() > 0.0399).double().mean() < 0.005


def test_in_v1_transposed_convolutions_start_from_an_untruncated_normal_and_convolutions_do_not() -> None:
    # As ops.py of google/compare_gan v1.0: deconv2d takes random_normal_initializer, conv2d truncated_normal_initializer.
    deconv, conv = Up(128, 64), Down(64, 128)
    for layer in (deconv, conv):
        initialise(layer, torch.Generator().manual_seed(0), truncate_transposed=False)
    # 131,072 draws: 5 sigma of the deviation is 1%; about 4.6% lie beyond two sigma.
    assert deconv.weight.std().item() == pytest.approx(0.02, rel=0.01)
    assert (deconv.weight.abs() > 0.04).double().mean().item() == pytest.approx(0.0455, abs=0.003)
    assert conv.weight.abs().max() <= 0.04


@pytest.mark.parametrize("network", [Generator, Discriminator, AutoEncoder])
def test_initial_biases_are_zero_and_batch_norm_is_the_identity(network: type[nn.Module]) -> None:
    model = network(Architecture((1, 8, 8), 1 / 16))
    initialise(model, torch.Generator().manual_seed(0))
    biases = [p for name, p in model.named_parameters() if name.endswith("bias")]
    scales = [m.weight for m in model.modules() if isinstance(m, BatchNorm)]
    assert biases and all((b == 0).all() for b in biases)
    assert scales and all((s == 1).all() for s in scales)


def test_initial_weights_come_from_the_generator_that_is_passed_in() -> None:
    def drawn(seed: int) -> Tensor:
        model = Discriminator(Architecture((1, 8, 8), 1 / 16))
        initialise(model, torch.Generator().manual_seed(seed))
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    # Building a module draws from torch's global generator, which therefore differs from call to call.
    assert torch.equal(drawn(1), drawn(1)) and not torch.equal(drawn(1), drawn(2))
