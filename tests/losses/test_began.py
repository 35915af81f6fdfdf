"""BEGAN's losses and its k, step by step, against numbers worked out by hand (Berthelot et al. 2017)."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from benchmark.data.base import Split
from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context
from benchmark.losses.began import BEGAN, convergence
from benchmark.training.optimisers import adam, initial_moments
from benchmark.training.step import State, make_update
from benchmark.training.trainer import Trainer


def context(k: float, real: float, fake: float, lambda_k: float = 0.1, gamma: float = 0.5) -> Context:
    """Constant images and an auto-encoder that answers 0: an image of value v has the reconstruction loss v."""
    networks = {"generator": lambda z: torch.full((2, 1, 4, 4), fake), "discriminator": lambda x: 0 * x}
    h = {"gamma": torch.tensor(gamma), "lambda_k": torch.tensor(lambda_k)}
    state = {"k": torch.tensor(k), "k_before": torch.tensor(k)}
    return Context(networks, torch.full((2, 1, 4, 4), real), torch.zeros(2, 64), {}, h, state)


def test_began_reconstruction_loss_is_the_mean_absolute_difference() -> None:
    c = context(0, 0, 0)
    assert BEGAN().reconstruction_loss(c, torch.tensor([[1.0, -2.0], [0.0, 5.0]])).item() == pytest.approx(2)


def test_began_losses_match_hand_values() -> None:
    assert BEGAN().discriminator_objective(context(0.3, 0.8, 0.5)).item() == pytest.approx(0.8 - 0.3 * 0.5)
    assert BEGAN().generator_objective(context(0.3, 0.8, 0.5)).item() == pytest.approx(0.5)


def test_began_k_starts_at_zero() -> None:
    state = BEGAN().initial_state()
    assert state.keys() == {"k"} and state["k"].item() == 0 and state["k"].shape == ()


def test_began_k_follows_its_hand_computed_path_and_is_clamped_at_both_ends() -> None:
    # Each step adds lambda_k (0.5 L(x) - L(x')), here with lambda_k = 2; D's loss uses k before the step.
    path = [
        # L(x), L(x'), k after
        (0.8, 0.3, 0.2),  # + 2 (0.4 - 0.3)
        (0.6, 0.1, 0.6),  # + 2 (0.3 - 0.1)
        (1.0, 0.2, 1.0),  # + 2 (0.5 - 0.2) is 1.2
        (0.2, 0.4, 0.4),  # + 2 (0.1 - 0.4)
        (0.2, 0.9, 0.0),  # + 2 (0.1 - 0.9) is -1.2
        (0.8, 0.3, 0.2),  # from the clamped 0, not from -1.2
    ]
    k = 0.0
    for real, fake, expected in path:
        c = context(k, real, fake, lambda_k=2.0)
        assert BEGAN().discriminator_objective(c).item() == pytest.approx(real - k * fake, abs=1e-6)
        k = c.state["k"].item()
        assert k == pytest.approx(expected, abs=1e-6)


def test_began_v1_does_not_clamp_k() -> None:
    up, down = context(0.9, 1.0, 0.2, lambda_k=2.0), context(0.1, 0.2, 0.9, lambda_k=2.0)
    BEGAN("v1").balance(up)
    BEGAN("v1").balance(down)
    assert up.state["k"].item() == pytest.approx(1.5) and down.state["k"].item() == pytest.approx(-1.5)


def test_began_v1_discriminator_leaves_k_alone_and_the_paper_s_generator_does() -> None:
    v1, paper = context(0.3, 0.8, 0.5), context(0.3, 0.8, 0.5)
    BEGAN("v1").discriminator_objective(v1)
    BEGAN().generator_objective(paper)
    assert v1.state["k"].item() == paper.state["k"].item() == pytest.approx(0.3)
    assert [o.after is None for o in BEGAN().objectives()] == [True, True]


def test_began_convergence_measure_matches_hand_values() -> None:
    # 0.8 + |0.4 - 0.5| and 0.8 + |0.4 - 0.1|: the second term counts on either side.
    half = torch.tensor(0.5)
    assert convergence(torch.tensor(0.8), torch.tensor(0.5), half).item() == pytest.approx(0.9)
    assert convergence(torch.tensor(0.8), torch.tensor(0.1), half).item() == pytest.approx(1.1)


def test_began_logs_k_and_its_convergence_measure() -> None:
    c = context(0.3, 0.8, 0.5)
    BEGAN().discriminator_objective(c)
    assert {name: value.item() for name, value in c.logged.items()} == pytest.approx({"k": 0.3, "convergence": 0.9})


class Scale(nn.Module):
    """Multiplies its input by one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(()))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


def float64(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def state(discriminator: float, generator: float, k: float) -> State:
    weights = {"discriminator": {"weight": float64(discriminator)}, "generator": {"weight": float64(generator)}}
    return State(
        parameters=weights,
        averages={name: {} for name in weights},
        moments={name: initial_moments(w) for name, w in weights.items()},
        updates={name: float64(0) for name in weights},
        loss={"k": float64(k), "k_before": float64(k)},
    )


# Real images and z are 1 everywhere, so L(x) = 1 - a and L(x') = g (1 - a) for the weights a of AE and g of G.
ONES = (torch.ones(2, 1, 4, 4, dtype=torch.float64), torch.ones(2, 1, 4, 4, dtype=torch.float64))
H = {name: float64(v) for name, v in {"learning_rate": 0.1, "beta1": 0.5, "gamma": 0.5, "lambda_k": 2.0}.items()}


def test_began_discriminator_update_moves_k_by_the_losses_of_the_old_weights() -> None:
    loss = BEGAN()
    update = make_update(loss, loss.objectives()[0], {"discriminator": Scale(), "generator": Scale()}, adam)
    new, logged = update(state(0.5, 0.4, 0.2), *ONES, {}, H)
    # L(x) = 0.5 and L(x') = 0.2 at a = 0.5; Adam's first step is the learning rate, here upwards.
    assert new.parameters["discriminator"]["weight"].item() == pytest.approx(0.6)
    assert new.loss["k"].item() == pytest.approx(0.2 + 2 * (0.25 - 0.2))
    assert logged["discriminator"].item() == pytest.approx(0.5 - 0.2 * 0.2)


def test_began_generator_update_leaves_k_alone() -> None:
    loss = BEGAN()
    update = make_update(loss, loss.objectives()[1], {"discriminator": Scale(), "generator": Scale()}, adam)
    assert update(state(0.5, 0.4, 0.2), *ONES, {}, H)[0].loss["k"].item() == pytest.approx(0.2)


def test_began_v1_moves_k_in_every_step_by_the_new_weights_after_the_generator_where_it_is_due() -> None:
    # Twice as many moves as the generator has updates, with disc_iters 2: k moved only with G in an earlier version.
    loss = BEGAN("v1")
    networks = {"discriminator": Scale(), "generator": Scale()}
    first, second = (make_update(loss, o, networks, adam) for o in loss.objectives())
    # A step without G: a goes from 0.5 to 0.6, so L(x) = 0.4 and L(x') = 0.4 * 0.4.
    without, _ = first(state(0.5, 0.4, 0.2), *ONES, {}, H)
    assert without.loss["k"].item() == pytest.approx(0.2 + 2 * (0.2 - 0.16))
    # A step with G: g goes from 0.4 to 0.3 too, so L(x) = 0.4 and L(x') = 0.3 * 0.4; k moves once, from 0.2.
    new, logged = second(without, *ONES, {}, H)
    assert logged["generator"].item() == pytest.approx(0.4 * 0.4)
    assert new.parameters["generator"]["weight"].item() == pytest.approx(0.3)
    assert new.loss["k"].item() == pytest.approx(0.2 + 2 * (0.2 - 0.12))
    # The next step's discriminator minimises L(x) - k L(x') with that k.
    _, logged = first(new, *ONES, {}, H)
    assert logged["discriminator"].item() == pytest.approx(0.4 - 0.36 * 0.12)


def test_began_v1_moves_k_five_times_as_often_as_its_generator_at_disc_iters_five(pixels: Split) -> None:
    loss = BEGAN("v1")
    setting = {**loss.defaults, "disc_iters": 5, "learning_rate": 1e-30, "lambda_k": 1.0}
    images = torch.from_numpy(pixels.images)
    p = Trainer(loss, images, [setting], [0], width=1 / 16, batch=8, device=torch.device("cpu"), compiled=False)
    (chunk,) = p.advance(5)
    k = [*chunk.logged["k"][0].tolist(), p.state.loss["k"].item()]
    assert k[0] == 0 and all(before != after for before, after in itertools.pairwise(k))


def test_began_ranges_and_defaults_are_the_study_s() -> None:
    assert BEGAN.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
        "gamma": Uniform(0, 1),
        "lambda_k": LogUniform(-4, -2),
    }
    assert BEGAN.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Choice((True, False)),
        "gamma": Uniform(0.6, 0.9),
        "lambda_k": Fixed(1e-3),
    }
    assert BEGAN.defaults == {
        "learning_rate": 1e-4,
        "beta1": 0.5,
        "disc_iters": 5,
        "discriminator_batch_norm": False,
        "gamma": 0.75,
        "lambda_k": 0.001,
    }
