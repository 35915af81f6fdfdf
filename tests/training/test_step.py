"""The functional step against a plain PyTorch loop written independently of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from support.plain_gan import plain
from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.data.base import Split
from benchmark.losses import find_loss
from benchmark.models.infogan import Architecture, Discriminator, Generator
from benchmark.models.layers import initialise
from benchmark.training.draws import Sampler, stream
from benchmark.training.step import compile_step
from benchmark.training.trainer import Trainer

STEPS, BATCH, WIDTH = 3, 8, 1 / 16
NORM = "discriminator_batch_norm"
# Batch norm cancels these layers' biases: their gradient is rounding error, which Adam moves by the learning rate.
BEFORE_BATCH_NORM = {"generator": ("fc1", "fc2", "deconv1"), "discriminator": ("conv2", "fc1")}


def bce(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def gradient_norms(outputs: Tensor, inputs: Tensor) -> Tensor:
    return torch.autograd.grad(outputs.sum(), inputs, create_graph=True)[0].flatten(1).norm(dim=1)


def nsgan(d: nn.Module, real: Tensor, fake: Tensor, noise: dict[str, Tensor]) -> Tensor:
    return bce(d(real), 1.0) + bce(d(fake), 0.0)


def wgangp(d: nn.Module, real: Tensor, fake: Tensor, noise: dict[str, Tensor]) -> Tensor:
    between = (noise["u"] * real + (1 - noise["u"]) * fake).requires_grad_()
    # In one pass, as ours: where the gradients of the two cancel, Adam makes a step of the rounding that another order leaves.
    d_real, d_fake = d(torch.cat((real, fake))).chunk(2)
    return d_fake.mean() - d_real.mean() + 10 * ((gradient_norms(d(between), between) - 1) ** 2).mean()


@pytest.mark.parametrize(
    ("key", "discriminator_loss", "generator_loss"),
    [("nsgan", nsgan, lambda fake: bce(fake, 1.0)), ("wgangp", wgangp, lambda fake: -fake.mean())],
)
def test_steps_equal_those_of_a_plain_training_loop(
    key: str, discriminator_loss: Callable[..., Tensor], generator_loss: Callable[[Tensor], Tensor], pixels: Split
) -> None:
    loss = find_loss(key)()
    setting = {**loss.defaults, "learning_rate": 1e-3, "beta1": 0.5, "disc_iters": 1}
    images = torch.from_numpy(pixels.images)
    ours = Trainer(loss, images, [setting], [7], width=WIDTH, batch=BATCH, device=torch.device("cpu"), compiled=False)
    for _ in ours.advance(STEPS):
        pass

    weights = stream(7, "weights")
    architecture = Architecture((1, 28, 28), WIDTH, loss.normalised_by(setting))
    g, d = Generator(architecture), Discriminator(architecture)
    initialise(g, weights)
    initialise(d, weights)
    g, d = plain(g), plain(d)
    optimisers = {n: torch.optim.Adam(n.parameters(), lr=1e-3, betas=(0.5, 0.999)) for n in (g, d)}
    sampler = Sampler(loss, (1, 28, 28), len(images), BATCH)
    for draws in sampler.draw([sampler.streams(7)], STEPS, torch.device("cpu")):
        real = images[draws.indices[0]].float() / 255
        noise = {name: value[0] for name, value in draws.noise.items()}
        optimisers[d].zero_grad()
        discriminator_loss(d, real, g(draws.z["discriminator"][0]).detach(), noise).backward()
        optimisers[d].step()
        optimisers[g].zero_grad()
        generator_loss(d(g(draws.z["generator"][0]))).backward()
        optimisers[g].step()

    for name, network in (("generator", g), ("discriminator", d)):
        normalised = {f"{layer}.bias" for layer in BEFORE_BATCH_NORM[name] if isinstance(network, Generator) or setting[NORM]}
        for parameter, expected in network.named_parameters():
            if parameter not in normalised:
                difference = (ours.state.parameters[name][parameter][0] - expected).abs()
                # Adam turns rounding errors of the smallest gradients into small fractions of its steps of 1e-3.
                assert difference.median() < 2e-6 and difference.max() < 3e-4, (name, parameter, difference.max())


def test_the_generator_is_updated_on_every_disc_iters_th_step(pixels: Split) -> None:
    loss = find_loss("wgan")()
    population = Trainer(
        loss,
        torch.from_numpy(pixels.images),
        [dict(loss.defaults)],
        [0],
        width=WIDTH,
        batch=BATCH,
        device=torch.device("cpu"),
        compiled=False,
    )
    for _ in population.advance(12):
        pass
    assert population.state.updates["discriminator"].item() == 12
    assert population.state.updates["generator"].item() == 2
    # G's moving averages move whenever it runs: in all twelve steps, and twice where it is trained.
    assert population.state.averages["generator"]["bn1.updates"].item() == 14


@pytest.mark.parametrize(("variant", "beyond", "second"), [("paper", 0.0, 0.0), ("kernels", 0.0, 0.0), ("v1", 0.0455, 1.0)])
def test_a_variant_s_transposed_convolutions_and_rmsprop_start_as_its_source_has_them(
    variant: str, beyond: float, second: float, pixels: Split
) -> None:
    loss = find_loss("wgan")(variant)
    p = Trainer(
        loss,
        torch.from_numpy(pixels.images),
        [dict(loss.defaults)],
        [0],
        width=1.0,
        batch=BATCH,
        optimiser="rmsprop",
        device=torch.device("cpu"),
        compiled=False,
    )
    weights = p.state.parameters["generator"]["deconv1.weight"]
    assert (weights.abs() > 0.04).double().mean().item() == pytest.approx(beyond, abs=0.003)
    assert all((m == second).all() for moments in p.state.moments.values() for m in moments["second"].values())
    assert all((m == 0).all() for moments in p.state.moments.values() for m in moments["first"].values())


def test_compiling_many_steps_costs_no_step_and_no_caller_its_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []

    def backend(graph: Any, inputs: Any) -> Any:
        compiled.append(graph)
        return graph.forward

    def adding(number: int) -> Callable[[Tensor], Tensor]:
        return lambda x: x + number  # one code for all of them, as vmap's is

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))
    callers = torch.compile(adding(-1))
    steps = [compile_step(adding(number), graphs=False) for number in range(20)]  # torch compiles one code eight times
    for _ in range(2):
        assert callers(torch.zeros(())) == -1
        assert [int(step(torch.zeros(()))) for step in steps] == list(range(20))
    assert len(compiled) == 21
