"""Adam and RMSProp as pure functions against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmark.training.optimisers import OPTIMISERS, Optimiser, adam, rmsprop, zero_moments

SHAPES = {"kernel": (3, 2), "bias": (3,)}
STEPS = 20


def random_weights(seed: int, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Values of very different sizes, as gradients are."""
    g = torch.Generator().manual_seed(seed)
    return {k: torch.randn(s, generator=g, dtype=dtype) * 10 ** torch.randint(-6, 2, s, generator=g) for k, s in SHAPES.items()}


def trained(optimiser: Optimiser, rate: float, beta1: float, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    weights = random_weights(0, dtype)
    moments = zero_moments(weights)
    h = {"learning_rate": torch.tensor(rate, dtype=dtype), "beta1": torch.tensor(beta1, dtype=dtype)}
    for step in range(1, STEPS + 1):
        weights, moments = optimiser(weights, random_weights(step, dtype), moments, torch.tensor(step, dtype=dtype), h)
    return weights


def trained_by_torch(make: type[torch.optim.Optimizer], **options: object) -> dict[str, Tensor]:
    weights = {k: w.requires_grad_() for k, w in random_weights(0).items()}
    optimiser = make(weights.values(), **options)
    for step in range(1, STEPS + 1):
        for name, gradient in random_weights(step).items():
            weights[name].grad = gradient
        optimiser.step()
    return {k: w.detach() for k, w in weights.items()}


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_adam_is_torch_s(beta1: float) -> None:
    expected = trained_by_torch(torch.optim.Adam, lr=1e-2, betas=(beta1, 0.999), eps=1e-8)
    torch.testing.assert_close(trained(adam, 1e-2, beta1), expected, rtol=1e-10, atol=1e-12)


def test_rmsprop_is_torch_s() -> None:
    expected = trained_by_torch(torch.optim.RMSprop, lr=1e-3, alpha=0.99, eps=1e-8)
    torch.testing.assert_close(trained(rmsprop, 1e-3, 0.5), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_stays_close_to_float64(name: str) -> None:
    # 1 - 0.999^count loses digits in float32 in the first steps: a few parts in 1e5 of a step.
    single, double = trained(OPTIMISERS[name], 1e-2, 0.5, torch.float32), trained(OPTIMISERS[name], 1e-2, 0.5)
    start = random_weights(0)
    for k in SHAPES:
        assert (single[k] - double[k]).abs().max() < 1e-4 * (double[k] - start[k]).abs().max() + 1e-6


def test_first_adam_step_is_the_learning_rate_against_the_gradient_s_sign() -> None:
    weights, gradients = {"w": torch.zeros(3)}, {"w": torch.tensor([1e-3, -5.0, 0.0])}
    h = {"learning_rate": torch.tensor(0.1), "beta1": torch.tensor(0.9)}
    new, _ = adam(weights, gradients, zero_moments(weights), torch.tensor(1.0), h)
    assert new["w"].tolist() == pytest.approx([-0.1, 0.1, 0.0], rel=1e-4)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_arguments_are_left_unchanged(name: str) -> None:
    weights, gradients = random_weights(0), random_weights(1)
    moments = zero_moments(weights)
    h = {"learning_rate": torch.tensor(0.1), "beta1": torch.tensor(0.5)}
    OPTIMISERS[name](weights, gradients, moments, torch.tensor(1.0), h)
    assert all(
        torch.equal(weights[k], random_weights(0)[k]) and torch.equal(gradients[k], random_weights(1)[k]) for k in SHAPES
    )
    assert all((m == 0).all() for order in moments.values() for m in order.values())


@pytest.mark.parametrize("name", OPTIMISERS)
def test_each_member_of_a_population_has_its_own_settings(name: str) -> None:
    rates, betas = [1e-4, 1e-2, 1e-1], [0.0, 0.5, 0.9]
    weights = {k: torch.stack([w] * 3) for k, w in random_weights(0).items()}
    moments = zero_moments(weights)
    h = {"learning_rate": torch.tensor(rates, dtype=torch.float64), "beta1": torch.tensor(betas, dtype=torch.float64)}
    population = torch.func.vmap(OPTIMISERS[name])
    for step in range(1, STEPS + 1):
        gradients = {k: torch.stack([g] * 3) for k, g in random_weights(step).items()}
        weights, moments = population(weights, gradients, moments, torch.full((3,), float(step), dtype=torch.float64), h)
    for member, (rate, beta1) in enumerate(zip(rates, betas, strict=True)):
        alone = trained(OPTIMISERS[name], rate, beta1)
        torch.testing.assert_close({k: w[member] for k, w in weights.items()}, alone)
