"""Adam and RMSProp as pure functions against torch's own and TensorFlow's formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmark.losses import find_loss
from benchmark.training.optimisers import IN_PLACE, OPTIMISERS, adam, initial_moments, of_each_member, optimiser_of

SHAPES = {"kernel": (3, 2), "bias": (3,)}
STEPS = 20


def random_weights(seed: int, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Values of very different sizes, as gradients are."""
    g = torch.Generator().manual_seed(seed)
    return {k: torch.randn(s, generator=g, dtype=dtype) * 10 ** torch.randint(-6, 2, s, generator=g) for k, s in SHAPES.items()}


def trained(name: str, rate: float, beta1: float, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    weights = random_weights(0, dtype)
    moments = initial_moments(weights, name)
    h = {"learning_rate": torch.tensor(rate, dtype=dtype), "beta1": torch.tensor(beta1, dtype=dtype)}
    for step in range(1, STEPS + 1):
        weights, moments = OPTIMISERS[name](weights, random_weights(step, dtype), moments, torch.tensor(step, dtype=dtype), h)
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
    torch.testing.assert_close(trained("adam", 1e-2, beta1), expected, rtol=1e-10, atol=1e-12)


def test_rmsprop_is_torch_s_whose_defaults_wgan_s_authors_take() -> None:
    expected = trained_by_torch(torch.optim.RMSprop, lr=1e-3, alpha=0.99, eps=1e-8)
    torch.testing.assert_close(trained("rmsprop", 1e-3, 0.5), expected, rtol=1e-10, atol=1e-12)


def test_rmsprop_of_v1_is_tensorflow_s_with_its_defaults() -> None:
    # TensorFlow 1's ApplyRMSProp, written out in numpy: ms += (g^2 - ms) (1 - 0.9), var -= lr g / sqrt(ms + 1e-10).
    expected = {k: w.numpy().copy() for k, w in random_weights(0).items()}
    mean_square = {k: np.ones_like(w) for k, w in expected.items()}
    for step in range(1, STEPS + 1):
        for k, gradient in random_weights(step).items():
            g = gradient.numpy()
            mean_square[k] += (g * g - mean_square[k]) * (1 - 0.9)
            expected[k] -= 1e-3 * g / np.sqrt(mean_square[k] + 1e-10)
    torch.testing.assert_close(
        trained("rmsprop_v1", 1e-3, 0.5), {k: torch.from_numpy(w) for k, w in expected.items()}, rtol=1e-10, atol=1e-12
    )


def test_rmsprop_s_first_step_matches_hand_values() -> None:
    weights, gradients = {"w": torch.zeros(2)}, {"w": torch.tensor([2.0, -1e-3])}
    h = {"learning_rate": torch.tensor(0.1), "beta1": torch.tensor(0.5)}
    first = {
        name: OPTIMISERS[name](weights, gradients, initial_moments(weights, name), torch.tensor(1.0), h)[0]["w"].tolist()
        for name in ("rmsprop", "rmsprop_v1")
    }
    # From 0 every first step is lr / sqrt(0.01); from 1 it is lr g / sqrt(0.9 + 0.1 g^2), which is small for a small g.
    assert first["rmsprop"] == pytest.approx([-1.0, 1.0], rel=1e-3)
    assert first["rmsprop_v1"] == pytest.approx([-0.2 / 1.3**0.5, 1e-4 / 0.9**0.5], rel=1e-5)


def test_rmsprop_of_the_variant_v1_is_the_released_code_s() -> None:
    released = [find_loss("wgan")(variant).released for variant in ("paper", "kernels", "v1")]
    assert [optimiser_of("rmsprop", released=r) for r in released] == ["rmsprop", "rmsprop", "rmsprop_v1"]
    assert optimiser_of("adam", released=True) == "adam"


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_stays_close_to_float64(name: str) -> None:
    # 1 - 0.999^count loses digits in float32 in the first steps: a few parts in 1e5 of a step.
    single, double = trained(name, 1e-2, 0.5, torch.float32), trained(name, 1e-2, 0.5)
    start = random_weights(0)
    for k in SHAPES:
        assert (single[k] - double[k]).abs().max() < 1e-4 * (double[k] - start[k]).abs().max() + 1e-6


def test_first_adam_step_is_the_learning_rate_against_the_gradient_s_sign() -> None:
    weights, gradients = {"w": torch.zeros(3)}, {"w": torch.tensor([1e-3, -5.0, 0.0])}
    h = {"learning_rate": torch.tensor(0.1), "beta1": torch.tensor(0.9)}
    new, _ = adam(weights, gradients, initial_moments(weights), torch.tensor(1.0), h)
    assert new["w"].tolist() == pytest.approx([-0.1, 0.1, 0.0], rel=1e-4)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_arguments_are_left_unchanged(name: str) -> None:
    weights, gradients = random_weights(0), random_weights(1)
    moments = initial_moments(weights, name)
    h = {"learning_rate": torch.tensor(0.1), "beta1": torch.tensor(0.5)}
    OPTIMISERS[name](weights, gradients, moments, torch.tensor(1.0), h)
    assert all(
        torch.equal(weights[k], random_weights(0)[k]) and torch.equal(gradients[k], random_weights(1)[k]) for k in SHAPES
    )
    before = initial_moments(weights, name)
    assert all(torch.equal(moments[order][k], before[order][k]) for order in before for k in SHAPES)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_each_member_of_a_population_has_its_own_settings(name: str) -> None:
    rates, betas = [1e-4, 1e-2, 1e-1], [0.0, 0.5, 0.9]
    weights = {k: torch.stack([w] * 3) for k, w in random_weights(0).items()}
    moments = initial_moments(weights, name)
    h = {"learning_rate": torch.tensor(rates, dtype=torch.float64), "beta1": torch.tensor(betas, dtype=torch.float64)}
    population = torch.func.vmap(OPTIMISERS[name])
    for step in range(1, STEPS + 1):
        gradients = {k: torch.stack([g] * 3) for k, g in random_weights(step).items()}
        weights, moments = population(weights, gradients, moments, torch.full((3,), float(step), dtype=torch.float64), h)
    for member, (rate, beta1) in enumerate(zip(rates, betas, strict=True)):
        alone = trained(name, rate, beta1)
        torch.testing.assert_close({k: w[member] for k, w in weights.items()}, alone)


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_overwrites_its_weights_does_as_the_formula(name: str) -> None:
    weights = [random_weights(seed, torch.float32) for seed in (0, 1)]
    moments = [initial_moments(w, name) for w in weights]
    rates, beta1 = torch.tensor([1e-2, 1e-3]), torch.tensor([0.5, 0.0])
    stacked = {k: torch.stack([w[k] for w in weights]) for k in SHAPES}
    together, of_all = initial_moments(stacked, name), of_each_member(IN_PLACE[name])
    for step in range(1, STEPS + 1):
        gradients = [random_weights(10 * step + member, torch.float32) for member in (0, 1)]
        of_all(
            stacked,
            {k: torch.stack([g[k] for g in gradients]) for k in SHAPES},
            together,
            torch.full((2,), float(step)),
            {"learning_rate": rates, "beta1": beta1},
        )
        for member in (0, 1):
            h = {"learning_rate": rates[member], "beta1": beta1[member]}
            count = torch.tensor(float(step))
            weights[member], moments[member] = OPTIMISERS[name](weights[member], gradients[member], moments[member], count, h)
    for member in (0, 1):
        for k in SHAPES:
            torch.testing.assert_close(stacked[k][member], weights[member][k], rtol=1e-5, atol=1e-6)
            torch.testing.assert_close(together["second"][k][member], moments[member]["second"][k], rtol=1e-5, atol=1e-20)
