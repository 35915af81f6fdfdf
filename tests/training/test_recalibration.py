"""Recalibrated batch norm against PyTorch's own, and against statistics worked out layer by layer."""

from __future__ import annotations

import pytest
import torch
from support.plain_gan import plain
from torch import Tensor
from torch.nn import functional as F

from benchmark.data.base import Split
from benchmark.losses import find_loss, known_losses
from benchmark.normalisations.batch import SETTLED, BatchNorm
from benchmark.training.recalibration import recalibrated, recalibration_latents
from benchmark.training.trainer import Trainer, evaluation_latents

pytestmark = pytest.mark.slow


def trained(key: str, pixels: Split, *seeds: int, steps: int = 6, batch_norm: str = "recalibrated") -> Trainer:
    """A population of the seeds, by default of seed 0, after so many steps."""
    loss = find_loss(key)()
    seeds = seeds or (0,)
    p = Trainer(
        loss,
        torch.from_numpy(pixels.images),
        [{**loss.defaults, "learning_rate": 1e-3} for _ in seeds],
        list(seeds),
        width=1 / 16,
        batch=8,
        batch_norm=batch_norm,
        device=torch.device("cpu"),
        compiled=False,
    )
    list(p.advance(steps))
    return p


def own_weights(p: Trainer) -> dict[str, Tensor]:
    return {k: v[0].clone() for part in (p.state.parameters, p.state.averages) for k, v in part["generator"].items()}


@pytest.mark.parametrize("key", known_losses())
def test_on_its_own_latents_it_is_batch_norm_over_all_of_them(key: str, pixels: Split) -> None:
    p = trained(key, pixels)
    z = recalibration_latents(p.loss.prior)
    with torch.no_grad():
        images = p.generator(0)(z)
        network = p.loss.networks(p.architecture)["generator"]
        network.load_state_dict(own_weights(p))
        expected = plain(network)(z)  # F.batch_norm by the batch's own statistics, in every layer
    torch.testing.assert_close(images, expected, rtol=1e-4, atol=1e-5)
    # The averages of six steps are of other weights: this would not hold by them.
    p.batch_norm = "averages"
    assert (p.generator(0)(z) - expected).abs().max() > 1e-3


def test_statistics_are_those_of_each_layer_behind_the_ones_before(pixels: Split) -> None:
    p = trained("lsgan", pixels)
    w, z = own_weights(p), recalibration_latents("uniform")

    def normalised(x: Tensor, layer: str) -> tuple[Tensor, Tensor, Tensor]:
        dims = (0,) if x.ndim == 2 else (0, 2, 3)
        mean, variance = x.mean(dims, keepdim=True), x.var(dims, correction=0, keepdim=True)
        shape = mean.shape
        scaled = (x - mean) / (variance + 1e-3).sqrt() * w[f"{layer}.weight"].view(shape) + w[f"{layer}.bias"].view(shape)
        return F.leaky_relu(scaled, 0.2), mean.flatten(), variance.flatten()

    x, mean1, variance1 = normalised(z @ w["fc1.weight"].T + w["fc1.bias"], "bn1")
    x, mean2, variance2 = normalised(x @ w["fc2.weight"].T + w["fc2.bias"], "bn2")
    maps = F.conv_transpose2d(x.view(len(z), -1, 7, 7), w["deconv1.weight"], w["deconv1.bias"], stride=2, padding=1)
    _, mean3, variance3 = normalised(maps, "bn3")

    found = p.generator_weights(0)
    for layer, mean, variance in (("bn1", mean1, variance1), ("bn2", mean2, variance2), ("bn3", mean3, variance3)):
        torch.testing.assert_close(found[f"{layer}.mean"], mean, rtol=1e-4, atol=1e-6)
        # PyTorch's kernel for channels last adds up 392,000 values of bn3 in float32.
        torch.testing.assert_close(found[f"{layer}.variance"], variance, rtol=5e-4, atol=1e-8)
    assert all(torch.equal(found[k], v) for k, v in w.items() if k.endswith(("weight", "bias")))


def test_statistics_are_read_as_they_are() -> None:
    layer = BatchNorm(2, averages=True).eval()
    layer.mean, layer.variance, layer.updates = torch.tensor([1.0, -3.0]), torch.tensor([0.7, 2.0]), torch.tensor(SETTLED)
    x = torch.tensor([[0.3, 5.0]])
    expected = (x - layer.mean) / (layer.variance + 1e-3).sqrt()
    torch.testing.assert_close(layer(x), expected, rtol=1e-6, atol=0)
    assert 1 - layer.momentum**layer.updates == 1


def test_evaluating_changes_nothing_of_the_training(pixels: Split) -> None:
    whole, looked_at = trained("nsgan", pixels, steps=6), trained("nsgan", pixels, steps=3)
    looked_at.generate(0, evaluation_latents(5, "uniform"))
    list(looked_at.advance(3))
    a, b = whole.snapshot(0), looked_at.snapshot(0)
    assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_every_evaluation_measures_anew_and_the_same_one_alike(pixels: Split) -> None:
    p, z = trained("lsgan", pixels), evaluation_latents(20, "uniform")
    before, again = p.generate(0, z), p.generate(0, z)
    snapshot, step = p.snapshot(0), p.step
    list(p.advance(3))
    after = p.generate(0, z)
    p.restore([snapshot], step)
    assert torch.equal(before, again) and torch.equal(before, p.generate(0, z)) and not torch.equal(before, after)


def test_members_of_a_population_are_recalibrated_as_if_alone(pixels: Split) -> None:
    together = trained("lsgan", pixels, 0, 1, 2)
    for member, seed in enumerate((0, 1, 2)):
        alone = trained("lsgan", pixels, seed).generator_weights(0)
        found = together.generator_weights(member)
        torch.testing.assert_close(found["bn3.variance"], alone["bn3.variance"], rtol=1e-2, atol=1e-8)
        torch.testing.assert_close(found["bn1.mean"], alone["bn1.mean"], rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("batch_norm", ["averages", "recalibrated"])
@pytest.mark.parametrize("key", ["lsgan", "vae"])
def test_whoever_loads_the_kept_generator_draws_the_same_images(key: str, batch_norm: str, pixels: Split) -> None:
    p, z = trained(key, pixels, batch_norm=batch_norm), evaluation_latents(50, "uniform")
    network = p.loss.networks(p.architecture)["generator"].eval()
    network.load_state_dict(p.generator_weights(0))
    with torch.no_grad():
        assert torch.equal((255 * network(z)).round().to(torch.uint8), p.generate(0, z))


def test_a_network_without_batch_norm_is_left_as_it_is() -> None:
    weights = {"weight": torch.ones(3, 64), "bias": torch.zeros(3)}
    assert recalibrated(torch.nn.Linear(64, 3), weights, recalibration_latents("uniform")).keys() == weights.keys()
