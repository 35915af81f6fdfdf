"""The VAE's objective against torch's own Bernoulli and normal distributions (Kingma and Welling 2014)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context
from benchmark.losses.vae import VAE, bernoulli_negative_log_likelihood, kl_to_standard_normal
from benchmark.models.infogan import Architecture, Discriminator, Generator


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_bernoulli_likelihood_matches_hand_value() -> None:
    decoded, image = torch.tensor([[[[0.25, 0.5]]]]), torch.tensor([[[[1.0, 0.5]]]])
    expected = -math.log(0.25) - math.log(0.5)
    assert bernoulli_negative_log_likelihood(decoded, image).tolist() == pytest.approx([expected])


def test_bernoulli_likelihood_is_binary_cross_entropy_summed_over_pixels() -> None:
    decoded, images = uniform(3, 2, 4, 4), uniform(3, 2, 4, 4, seed=1)
    expected = F.binary_cross_entropy(decoded, images, reduction="none").sum((1, 2, 3))
    torch.testing.assert_close(bernoulli_negative_log_likelihood(decoded, images), expected)


def test_bernoulli_likelihood_and_its_gradient_are_finite_where_the_sigmoid_has_rounded() -> None:
    decoded, images = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2), torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    gradient, value = torch.func.grad_and_value(lambda d: bernoulli_negative_log_likelihood(d, images).sum())(decoded)
    assert value.isfinite() and gradient.isfinite().all()


def test_kl_matches_hand_value() -> None:
    # Dimension by dimension (mean^2 + scale^2 - 1) / 2 - log scale: (1 + 1 - 1) / 2, and (0 + 4 - 1) / 2 - log 2.
    kl = kl_to_standard_normal(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 2.0]]))
    assert kl.tolist() == pytest.approx([0.5 + 1.5 - math.log(2)])


def test_kl_is_that_of_torch_s_normal_distributions() -> None:
    mean, scale = 4 * uniform(5, 8) - 2, uniform(5, 8, seed=1) + 0.01
    expected = kl_divergence(Normal(mean, scale), Normal(torch.zeros_like(mean), torch.ones_like(scale))).sum(1)
    torch.testing.assert_close(kl_to_standard_normal(mean, scale), expected)


def test_vae_objective_is_the_mean_of_reconstruction_and_kl() -> None:
    # The encoder answers the same mean and softplus scale for every image; the decoder shows sigmoid(z).
    mean, raw, z, real = uniform(3, 4), uniform(3, 4, seed=1), uniform(3, 4, seed=2), uniform(3, 4, seed=3)
    networks = {"encoder": lambda x: torch.cat([mean, raw], 1), "generator": torch.sigmoid}
    value = VAE().negative_elbo(Context(networks, real, z, {}, {}, {}))

    scale = torch.log1p(raw.exp()) + 1e-6  # kept off zero
    reconstruction = F.binary_cross_entropy_with_logits(mean + scale * z, real, reduction="sum")
    kl = kl_divergence(Normal(mean, scale), Normal(0.0, 1.0)).sum()
    assert value.item() == pytest.approx((reconstruction + kl).item() / 3, rel=1e-9)


@pytest.mark.parametrize("channels", [1, 3])
def test_vae_v1_sums_the_likelihood_over_height_and_width_and_averages_it_over_channels(channels: int) -> None:
    mean, raw, z, real = uniform(2, 1), uniform(2, 1, seed=1), uniform(2, 1, seed=2), uniform(2, channels, 4, 4, seed=3)
    decoded = uniform(2, channels, 4, 4, seed=4)
    networks = {"encoder": lambda x: torch.cat([mean, raw], 1), "generator": lambda z: decoded}
    value = VAE("v1").negative_elbo(Context(networks, real, z, {}, {}, {}))

    likelihood = F.binary_cross_entropy(decoded, real, reduction="none").sum((2, 3)).mean()  # over images and channels
    kl = kl_divergence(Normal(mean, torch.log1p(raw.exp()) + 1e-6), Normal(0.0, 1.0)).sum(1).mean()
    assert value.item() == pytest.approx((likelihood + kl).item(), rel=1e-9)
    paper = VAE().negative_elbo(Context(networks, real, z, {}, {}, {}))
    assert (paper - kl).item() == pytest.approx(channels * likelihood.item(), rel=1e-9)


def test_vae_trains_encoder_and_decoder_together_every_step() -> None:
    (objective,) = VAE().objectives()
    assert set(objective.trains) == {"encoder", "generator"} and objective.every == "step"


def test_vae_networks_are_the_study_s_with_two_outputs_per_latent_and_relu() -> None:
    with torch.device("meta"):
        networks = VAE().networks(Architecture((1, 28, 28)))
    assert isinstance(networks["encoder"], Discriminator) and isinstance(networks["generator"], Generator)
    assert networks["encoder"](torch.empty(2, 1, 28, 28, device="meta")).shape == (2, 2 * 64)
    assert networks["generator"].slope == 0


def test_vae_latents_are_normal() -> None:
    assert VAE.prior == "normal" and not VAE().reuses_z


def test_vae_ranges_and_defaults_are_the_study_s() -> None:
    assert VAE.wide == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert VAE.narrow == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert VAE.defaults == {"learning_rate": 5e-5, "beta1": 0.5, "discriminator_batch_norm": True}
