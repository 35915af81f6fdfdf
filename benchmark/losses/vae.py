"""The variational auto-encoder, the study's baseline without a discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from benchmark.losses.base import Context, Loss, Objective
from benchmark.models import Architecture
from benchmark.models.infogan import LATENT


class VAE(Loss):
    """Encoder and decoder together minimise the negative evidence lower bound.

        E[ -log p(x | z) + KL(q(z | x) | N(0, I)) ],   q(z | x) = N(mean, scale^2)

    with p(x | z) Bernoulli, summed over pixels, and scale = softplus of the second half of the encoder's outputs. Samples are
    decoded from z ~ N(0, I). The encoder has the discriminator's layers, so ``discriminator_batch_norm`` applies to it. The
    variant ``v1`` follows the study's released code: it sums the likelihood over height and width but averages it over
    channels, so with three channels the likelihood has a third of the weight.

    Source: Kingma and Welling 2014, equation 10 and appendix C.1.
    """

    key = "vae"
    name = "VAE"
    aliases = ("variational autoencoder",)
    in_paper = True
    no_weight_norm = "it bounds how fast a logit changes, but the VAE's encoder has no logit"
    # There is no separate generator to update less often, so disc_iters has no meaning here.
    wide = {k: v for k, v in Loss.wide.items() if k != "disc_iters"}
    narrow = {k: v for k, v in Loss.narrow.items() if k != "disc_iters"}
    defaults = {"learning_rate": 5e-5, "beta1": 0.5, "discriminator_batch_norm": True}
    prior = "normal"

    def networks(self, architecture: Architecture) -> dict[str, nn.Module]:
        return {
            "encoder": architecture.discriminator(outputs=2 * LATENT),
            "generator": architecture.generator(leaky=False),
        }

    def objectives(self) -> tuple[Objective, ...]:
        return (Objective("negative_elbo", ("encoder", "generator"), self.negative_elbo),)

    def negative_elbo(self, c: Context) -> Tensor:
        mean, raw_scale = c.networks["encoder"](c.real).chunk(2, dim=1)
        scale = softplus(raw_scale) + 1e-6  # softplus underflows to 0, whose logarithm is infinite
        decoded = c.generator(mean + scale * c.z)
        likelihood = bernoulli_negative_log_likelihood(decoded, c.real)
        if self.variant == "v1":
            likelihood = likelihood / c.real.shape[1]
        return (likelihood + kl_to_standard_normal(mean, scale)).mean()


def bernoulli_negative_log_likelihood(decoded: Tensor, images: Tensor) -> Tensor:
    """The negative log-likelihood [n], summed over pixels; both arguments are [n, C, H, W] in [0, 1]."""
    # In float32 a sigmoid can round to exactly 0 or 1, whose logarithms are infinite.
    decoded = decoded.clamp(1e-7, 1 - 1e-7)
    return -(images * decoded.log() + (1 - images) * torch.log1p(-decoded)).flatten(1).sum(1)


def kl_to_standard_normal(mean: Tensor, scale: Tensor) -> Tensor:
    """KL(N(mean, scale^2) | N(0, I)) [n], summed over dimensions; both arguments are [n, d], and scale is positive."""
    return (mean.square() + scale.square() - 1 - 2 * scale.log()).sum(1) / 2
