"""WGAN against numbers worked out by hand, and what its clipping touches (Arjovsky et al. 2017)."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context, Objective
from benchmark.losses.wgan import WGAN
from benchmark.models.infogan import Architecture
from benchmark.training.optimisers import adam
from benchmark.training.step import initial_state, make_update

TINY = Architecture((1, 8, 8), width=1 / 16)
CLIP = 0.01
KERNELS = {"conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight"}
VECTORS = {"conv1.bias", "conv2.bias", "fc1.bias", "fc2.bias", "bn2.weight", "bn2.bias", "bn3.weight", "bn3.bias"}
CLIPPED = {"paper": KERNELS | VECTORS, "v1": KERNELS | VECTORS, "kernels": KERNELS}


def test_wgan_losses_match_hand_values() -> None:
    real, fake = torch.tensor([1.0, 4.0]), torch.tensor([-2.0, 0.5])
    assert WGAN().discriminator_loss(real, fake, {}).item() == pytest.approx(-0.75 - 2.5)
    assert WGAN().generator_loss(fake, {}).item() == pytest.approx(0.75)


@pytest.mark.parametrize(("variant", "clipped"), CLIPPED.items())
def test_wgan_constrain_clips_the_weights_its_definition_names(variant: str, clipped: set[str]) -> None:
    state = initial_state(WGAN(variant), TINY, torch.Generator().manual_seed(0))
    weights = {net: {k: torch.full_like(w, 3.0) for k, w in ws.items()} for net, ws in state.parameters.items()}
    weights["discriminator"]["fc1.weight"] *= -1
    c = Context({}, torch.empty(0), torch.empty(0), {}, {"clip": torch.tensor(CLIP)}, {}, weights)
    WGAN(variant).constrain(c)

    discriminator = c.parameters["discriminator"]
    assert discriminator.keys() == KERNELS | VECTORS
    assert {k for k, w in discriminator.items() if w.abs().max() <= CLIP} == clipped
    assert (discriminator["fc1.weight"] == -CLIP).all() and (discriminator["fc2.weight"] == CLIP).all()
    assert all((w == 3).all() for k, w in discriminator.items() if k not in clipped)
    assert all((w == 3).all() for w in c.parameters["generator"].values())


def test_wgan_leaves_weights_within_the_clip_alone() -> None:
    weight = torch.tensor([[-0.02, -0.005], [0.0, 0.009]])
    c = Context({}, torch.empty(0), torch.empty(0), {}, {"clip": torch.tensor(CLIP)}, {}, {"discriminator": {"w": weight}})
    WGAN().constrain(c)
    assert c.parameters["discriminator"]["w"].tolist() == torch.tensor([[-0.01, -0.005], [0.0, 0.009]]).tolist()


def one_update(loss: WGAN, objective: Objective) -> tuple[dict[str, Any], dict[str, Any]]:
    """The state before and after an update with a learning rate that drives every weight far beyond the clip."""
    with torch.device("meta"):
        networks = loss.networks(TINY)
    draws = torch.Generator().manual_seed(1)
    state = initial_state(loss, TINY, draws)
    real, z = torch.rand(4, 1, 8, 8, generator=draws), torch.rand(4, 64, generator=draws)
    h = {"learning_rate": torch.tensor(10.0), "beta1": torch.tensor(0.5), "clip": torch.tensor(CLIP)}
    after, _ = make_update(loss, objective, networks, adam)(state, real, z, {}, h)
    return state, after


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[k], right[k]) for k in left)


@pytest.mark.parametrize(("variant", "clipped"), CLIPPED.items())
def test_wgan_discriminator_update_ends_clipped(variant: str, clipped: set[str]) -> None:
    loss = WGAN(variant)
    objective = loss.objectives()[0]
    unclipped = Objective(objective.name, objective.trains, objective.minimises)
    before, free = one_update(loss, unclipped)
    _, after = one_update(loss, objective)

    discriminator = after.parameters["discriminator"]
    for name, weight in free.parameters["discriminator"].items():
        expected = weight.clamp(-CLIP, CLIP) if name in clipped else weight
        assert torch.equal(discriminator[name], expected), name
    # The learning rate was large enough for the clip to matter, on kernels and on vectors.
    assert free.parameters["discriminator"]["conv1.weight"].abs().max() > 1
    assert free.parameters["discriminator"]["bn3.bias"].abs().max() > 1
    assert same(after.parameters["generator"], before.parameters["generator"])


def test_wgan_generator_update_clips_nothing() -> None:
    loss = WGAN()
    before, after = one_update(loss, loss.objectives()[1])
    assert after.parameters["generator"]["fc1.weight"].abs().max() > 1
    assert same(after.parameters["discriminator"], before.parameters["discriminator"])


def test_wgan_clips_each_member_of_a_population_by_its_own_value() -> None:
    def clipped(weight: Tensor, clip: Tensor) -> Tensor:
        c = Context({}, weight, weight, {}, {"clip": clip}, {}, {"discriminator": {"w": weight}})
        WGAN().constrain(c)
        return c.parameters["discriminator"]["w"]

    result = torch.func.vmap(clipped)(torch.ones(3, 2, 2), torch.tensor([0.001, 0.01, 0.1]))
    assert result[:, 0, 0].tolist() == pytest.approx([0.001, 0.01, 0.1])


def test_wgan_ranges_and_defaults_are_the_study_s() -> None:
    assert WGAN.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
        "clip": LogUniform(-3, 0),
    }
    assert WGAN.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Choice((True, False)),
        "clip": LogUniform(-2, 0),
    }
    assert WGAN.defaults == {
        "learning_rate": 5e-5,
        "beta1": 0.5,
        "disc_iters": 5,
        "discriminator_batch_norm": True,
        "clip": 0.01,
    }
