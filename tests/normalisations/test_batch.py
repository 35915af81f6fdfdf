"""Batch norm with corrected moving averages."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.normalisations.batch import BatchNorm


def batch(*shape: int, seed: int = 0) -> Tensor:
    """Values whose channels differ in mean and spread."""
    draws = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    channel = torch.arange(1, shape[1] + 1, dtype=torch.float64).view(1, -1, *[1] * (len(shape) - 2))
    return channel * draws + channel + seed


def batch_norm(channels: int, *, averages: bool = True) -> BatchNorm:
    layer = BatchNorm(channels, averages=averages).double()
    nn.init.uniform_(layer.weight, 0.5, 2, generator=torch.Generator().manual_seed(5))
    nn.init.uniform_(layer.bias, -1, 1, generator=torch.Generator().manual_seed(6))
    return layer


@pytest.mark.parametrize("averages", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2, 5)])
def test_batch_norm_in_training_is_torch_s(shape: tuple[int, ...], averages: bool) -> None:
    layer, x = batch_norm(3, averages=averages), batch(*shape)
    expected = F.batch_norm(x, None, None, layer.weight, layer.bias, training=True, eps=1e-3)
    torch.testing.assert_close(layer(x), expected)


def test_batch_norm_in_training_has_torch_s_gradients() -> None:
    layer, x = batch_norm(3), batch(4, 3, 2, 2)
    cotangent = batch(4, 3, 2, 2, seed=1)
    own, torch_s = x.clone().requires_grad_(), x.clone().requires_grad_()
    (layer(own) * cotangent).sum().backward()
    weight, bias = layer.weight.detach(), layer.bias.detach()
    (F.batch_norm(torch_s, None, None, weight, bias, training=True, eps=1e-3) * cotangent).sum().backward()
    torch.testing.assert_close(own.grad, torch_s.grad)


def test_moving_averages_after_three_batches_are_the_hand_weighted_mean() -> None:
    layer = batch_norm(2)
    batches = [batch(6, 2, seed=s) for s in range(3)]
    for x in batches:
        layer(x)
    # Batch i of n weighs 0.999^(n - i); dividing by 1 - 0.999^n makes the weights add up to 1.
    older, middle, newest = 0.999**2, 0.999, 1.0
    total = older + middle + newest

    def weighted(statistics: list[Tensor]) -> Tensor:
        return (older * statistics[0] + middle * statistics[1] + newest * statistics[2]) / total

    mean = weighted([x.mean(0) for x in batches])
    variance = weighted([((x - x.mean(0)) ** 2).mean(0) for x in batches])
    x = batch(3, 2, seed=9)
    expected = (x - mean) / (variance + 1e-3).sqrt() * layer.weight + layer.bias
    torch.testing.assert_close(layer.eval()(x), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2, 2)])
def test_evaluation_after_one_update_uses_exactly_that_batch(shape: tuple[int, ...]) -> None:
    layer, x = batch_norm(3), batch(*shape)
    trained = layer(x)
    torch.testing.assert_close(layer.eval()(x), trained, rtol=1e-9, atol=1e-9)


def test_evaluation_after_one_update_uses_that_batch_in_float32() -> None:
    # 1 - 0.999^n loses digits in float32: what is left must not be visible in an image of 256 levels.
    layer, x = batch_norm(3).float(), batch(6, 3).float()
    trained = layer(x)
    torch.testing.assert_close(layer.eval()(x), trained, rtol=1e-4, atol=1e-4)


def test_evaluation_changes_no_average_and_does_not_look_at_its_batch() -> None:
    layer = batch_norm(3)
    layer(batch(6, 3))
    layer.eval()
    x = batch(4, 3, seed=1)
    together = layer(x)
    torch.testing.assert_close(together[:1], layer(x[:1]))
    assert layer.updates == 1


def test_averages_carry_no_gradient() -> None:
    layer = batch_norm(3)
    layer(batch(6, 3).requires_grad_())
    assert not layer.mean.requires_grad and not layer.variance.requires_grad


def test_batch_norm_without_averages_keeps_none() -> None:
    assert dict(BatchNorm(3, averages=False).named_buffers()) == {}


def test_batch_norm_starts_as_the_identity_of_a_normalised_batch() -> None:
    layer = BatchNorm(3, averages=True)
    assert layer.weight.tolist() == [1, 1, 1] and layer.bias.tolist() == [0, 0, 0]
