"""A generator from its weights draws what it drew in training."""

from __future__ import annotations

import pytest
import torch

from benchmark.data.base import Split
from benchmark.losses import find_loss
from benchmark.models.infogan import Architecture
from benchmark.training.generator import AT_ONCE, allow_tf32, draw, generator_of
from benchmark.training.trainer import Trainer, evaluation_latents

ARCHITECTURE = Architecture((1, 28, 28), 1 / 16)
CPU = torch.device("cpu")


def trained(loss: str, pixels: Split) -> Trainer:
    found = find_loss(loss)()
    images, settings = torch.from_numpy(pixels.images), [dict(found.defaults)] * 2
    trainer = Trainer(found, images, settings, [0, 1], width=1 / 16, batch=8, device=CPU, compiled=False)
    list(trainer.advance(5))
    return trainer


@pytest.mark.parametrize("loss", ["lsgan", "vae"])  # the VAE's decoder has another activation and another prior
def test_kept_weights_draw_the_images_of_the_run_they_are_of(loss: str, pixels: Split) -> None:
    trainer, found = trained(loss, pixels), find_loss(loss)()
    z = evaluation_latents(2 * AT_ONCE + 1, found.prior)
    for member in range(2):
        weights = trainer.generator_weights(member)
        assert torch.equal(draw(generator_of(found, ARCHITECTURE, weights), z), trainer.generate(member, z))


def test_an_image_is_the_network_s_in_evaluation_in_256_greys(pixels: Split) -> None:
    trainer, loss = trained("lsgan", pixels), find_loss("lsgan")()
    network = loss.networks(ARCHITECTURE)["generator"]
    network.load_state_dict(trainer.generator_weights(0))
    z = evaluation_latents(3, loss.prior)
    with torch.no_grad():
        expected = network.eval()(z)
    drawn = draw(generator_of(loss, ARCHITECTURE, trainer.generator_weights(0)), z)
    assert drawn.dtype == torch.uint8
    assert (drawn.double() / 255 - expected).abs().max() <= 0.5 / 255 + 1e-6


def test_weights_of_another_architecture_or_with_some_missing_are_refused(pixels: Split) -> None:
    weights, loss = trained("lsgan", pixels).generator_weights(0), find_loss("lsgan")()
    with pytest.raises(ValueError, match="another loss or architecture"):
        generator_of(loss, Architecture((1, 28, 28), 1 / 8), weights)
    with pytest.raises(ValueError, match="another loss or architecture"):
        generator_of(loss, ARCHITECTURE, {k: v for k, v in weights.items() if k != "bn1.updates"})


def test_images_that_contain_nan_are_refused() -> None:
    with pytest.raises(FloatingPointError):
        draw(lambda z: torch.full((len(z), 1, 28, 28), torch.nan), torch.zeros(2, 64))


def test_tf32_is_used_where_it_is_allowed_alone() -> None:
    for allowed in (True, False):
        allow_tf32(allowed)
        assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (allowed, allowed)
