"""Every loss with every penalty and normalisation that it takes: it trains, alone, in a population, resumed and compiled.

It mirrors no module.
"""

from __future__ import annotations

import pytest
import torch
from support.combinations import ALLOWED, combined
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from benchmark.losses import find_loss
from benchmark.models import Architecture, find_architecture
from benchmark.normalisations import Normalisation, WeightNormalisation
from benchmark.penalties.r1 import R1
from benchmark.training.draws import Sampler, stream
from benchmark.training.step import hyperparameter_tensors, initial_state, train_step
from benchmark.training.trainer import Trainer, flat

pytestmark = pytest.mark.slow

BATCH, WIDTH, SHAPE = 4, 1 / 16, (1, 8, 8)
CPU, META = torch.device("cpu"), torch.device("meta")
NEW = [("nsgan", "gp", "spectral"), ("hinge", "r1", "spectral"), ("wasserstein", "dragan", "layer"), ("lsgan", "r2", "batch")]
"""Each penalty and each normalisation once."""
EVERY_NEW = pytest.mark.parametrize("combination", NEW, ids="-".join)


def images(*shape: int) -> Tensor:
    return torch.randint(0, 256, (32, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def population(combination: tuple[str, str, str], seeds: list[int], *, points: bool = False, **options: object) -> Trainer:
    loss = combined(*combination)
    setting = loss.defaults | {name: 2 for name in ("disc_iters",) if name in loss.defaults}
    shape = {"architecture": find_architecture("mlp" if points else "infogan")}
    given = images(2, 1, 1).float() / 255 if points else images(*SHAPE)
    chosen = {"device": CPU, "compiled": False} | shape | options
    return Trainer(loss, given, [setting] * len(seeds), seeds, width=WIDTH, batch=BATCH, **chosen)  # type: ignore[arg-type]


def trained(trainer: Trainer, steps: int) -> dict[str, Tensor]:
    (chunk,) = trainer.advance(steps)
    return chunk.logged


@pytest.mark.parametrize("combination", ALLOWED, ids="-".join)
def test_twenty_steps_stay_finite_and_move_every_weight(combination: tuple[str, str, str]) -> None:
    trainer = population(combination, [0])
    before = flat(tree_map(torch.clone, trainer.state.parameters))
    trained(trainer, 20)
    assert trainer.finite().all()
    still = {name for name, after in flat(trainer.state.parameters).items() if torch.equal(before[name], after)}
    assert still <= {"discriminator/fc2.bias"}  # in a difference of two mean logits it cancels


@pytest.mark.parametrize(("combination", "members"), [*((c, 1) for c in ALLOWED), *((c, 2) for c in NEW)])
def test_a_step_computes_where_its_tensors_are(combination: tuple[str, str, str], members: int) -> None:
    loss = combined(*combination)
    architecture = Architecture(SHAPE, WIDTH, loss.normalised_by(loss.defaults))
    step = train_step(loss, architecture, "adam", "float32", "meta", population=members > 1, compiled=False)
    sampler = Sampler(loss, SHAPE, 100, BATCH)
    (draws,) = sampler.draw([sampler.streams(seed) for seed in range(members)], 1, CPU)
    state = tree_map(lambda t: torch.stack([t] * members), initial_state(loss, architecture, stream(0, "weights")))
    h = hyperparameter_tensors([loss.defaults] * members, META)
    given = (state, torch.rand(members, BATCH, *SHAPE), draws.z, draws.noise, h)
    there: tuple[object, ...] = tree_map(lambda t: t.to(META) if members > 1 else t.to(META).squeeze(0), given)
    assert all(t.device == META for t in tree_leaves(step(step.objectives, *there)))  # type: ignore[arg-type]


@EVERY_NEW
@pytest.mark.parametrize("points", [False, True], ids=["images", "points"])
def test_a_population_gives_what_single_runs_give(combination: tuple[str, str, str], points: bool) -> None:
    together = trained(population(combination, [0, 1], points=points), 6)
    for member in (0, 1):
        for name, values in trained(population(combination, [member], points=points), 6).items():
            torch.testing.assert_close(together[name][member], values[0], rtol=1e-3, atol=1e-4, equal_nan=True)


class Centred(WeightNormalisation):
    """One without state of its own."""

    def forward(self, weight: Tensor) -> Tensor:
        return weight - weight.mean()


class CentredWeights(Normalisation):
    key = "centred"

    def weight(self, shape: tuple[int, ...]) -> WeightNormalisation:
        return Centred()


def test_a_user_s_normalisation_of_weights_trains_in_a_population() -> None:
    loss = find_loss("nsgan")("paper", R1(), CentredWeights())
    options = {"width": WIDTH, "batch": BATCH, "device": CPU, "compiled": False}
    together, alone = (Trainer(loss, images(*SHAPE), [loss.defaults] * n, [*range(n)], **options) for n in (2, 1))  # type: ignore[arg-type]
    torch.testing.assert_close(
        trained(together, 3)["discriminator"][:1], trained(alone, 3)["discriminator"], rtol=1e-3, atol=1e-4
    )


@EVERY_NEW
def test_a_resumed_run_equals_an_undisturbed_one_bit_for_bit(combination: tuple[str, str, str]) -> None:
    whole, first, second = (population(combination, [seed]) for seed in (3, 3, 99))
    trained(whole, 9)
    trained(first, 4)
    second.restore([first.snapshot(0)], 4)
    trained(second, 5)
    here, there = whole.snapshot(0), second.snapshot(0)
    assert here.keys() == there.keys() and all(torch.equal(here[name], there[name]) for name in here)


@EVERY_NEW
def test_bfloat16_gives_about_what_float32_gives(combination: tuple[str, str, str]) -> None:
    exact, rounded = (trained(population(combination, [0, 1], precision=p), 2) for p in ("float32", "bfloat16"))
    for name, values in exact.items():
        torch.testing.assert_close(rounded[name], values, rtol=0.05, atol=0.05, equal_nan=True)


@pytest.mark.parametrize("combination", NEW[:1] + NEW[2:3], ids="-".join)
def test_a_compiled_population_gives_what_it_gives_uncompiled(combination: tuple[str, str, str]) -> None:
    plain, compiled = (trained(population(combination, [0, 1], compiled=c), 3) for c in (False, True))
    for name, values in plain.items():
        torch.testing.assert_close(compiled[name], values, rtol=1e-3, atol=1e-4, equal_nan=True)
