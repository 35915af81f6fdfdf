"""Nothing in a step or an evaluation is left on the CPU: each runs where its tensors are, on the device that holds no numbers.

On a GPU a forgotten tensor would stop a run, or cost a copy at every step; the ``meta`` device finds it without one.
It mirrors no module.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from benchmark.losses import find_loss, known_losses
from benchmark.metrics.extractors.layers import LayeredClassifier
from benchmark.models.infogan import Architecture
from benchmark.training.draws import Sampler, stream
from benchmark.training.generator import generator_of
from benchmark.training.optimisers import optimiser_of
from benchmark.training.recalibration import recalibrated
from benchmark.training.step import hyperparameter_tensors, initial_state, train_step

pytestmark = pytest.mark.slow

META = torch.device("meta")
ARCHITECTURE = Architecture((1, 28, 28), 1 / 16)
VARIANTS = [(key, variant) for key, loss in known_losses().items() for variant in loss.variants]


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("optimiser", ["adam", "rmsprop"])
@pytest.mark.parametrize(("key", "variant"), VARIANTS)
def test_a_step_computes_where_its_tensors_are(key: str, variant: str, optimiser: str, members: int) -> None:
    loss = find_loss(key)(variant)
    used = optimiser_of(optimiser, released=variant == "v1")
    step = train_step(loss, ARCHITECTURE, used, "float32", "meta", population=members > 1, compiled=False)
    sampler = Sampler(loss, (1, 28, 28), 100, 8)
    (draws,) = sampler.draw([sampler.streams(seed) for seed in range(members)], 1, torch.device("cpu"))
    state = initial_state(loss, ARCHITECTURE, stream(0, "weights"), used)
    h = hyperparameter_tensors([loss.defaults] * members, META)
    state = tree_map(lambda t: torch.stack([t] * members), state)
    given = (state, torch.rand(members, 8, 1, 28, 28), draws.z, draws.noise, h)
    there: tuple[object, ...] = tree_map(lambda t: t.to(META) if members > 1 else t.to(META).squeeze(0), given)
    # A single number may stay on the CPU, as beside a GPU: those of the state must not.
    new, logged = step(step.objectives, *there)  # type: ignore[arg-type]
    assert all(t.device == META for t in tree_leaves((new, logged)))


@pytest.mark.parametrize("key", ["lsgan", "vae"])
def test_an_evaluation_computes_where_its_tensors_are(key: str) -> None:
    loss = find_loss(key)()
    state = initial_state(loss, ARCHITECTURE, stream(0, "weights"))
    weights: dict[str, Tensor] = {
        k: v.to(META) for part in (state.parameters, state.averages) for k, v in part["generator"].items()
    }
    with torch.device("meta"):
        template = loss.networks(ARCHITECTURE)["generator"]
        extractor = LayeredClassifier(1, 10).eval()
    weights = recalibrated(template, weights, torch.empty(8, 64, device=META))
    images = generator_of(loss, ARCHITECTURE, weights)(torch.rand(8, 64))
    assert images.device == META and extractor.features(images).device == META
