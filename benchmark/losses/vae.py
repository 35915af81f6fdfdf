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

    with p(x | z) Bernoulli over pixels, summed, and scale = softplus of the encoder's second half. Samples are decoded
    from z ~ N(0, I). ``discriminator_batch_norm`` is the encoder's, whose body is the discriminator's. The variant ``v1``
    follows the study's released code: the likelihood is summed over height and width and averaged over channels, which at
    three channels gives it a third of the weight.

    Source: Kingma and Welling 2014, equation 10 and appendix C.1.
    """

    key = "vae"
    name = "VAE"
    aliases = ("variational autoencoder",)
    in_paper = True
    no_weight_norm = "it bounds how fast a logit changes, and an encoder has none"
    # No generator of its own to update less often: disc_iters has no meaning here.
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
    """[n], summed over pixels; both arguments are [n, C, H, W] in [0, 1]."""
    # A sigmoid rounds to 0 or 1 in float32 where its logarithm would be infinite.
    decoded = decoded.clamp(1e-7, 1 - 1e-7)
    return -(images * decoded.log() + (1 - images) * torch.log1p(-decoded)).flatten(1).sum(1)


def kl_to_standard_normal(mean: Tensor, scale: Tensor) -> Tensor:
    """[n], summed over dimensions: KL(N(mean, scale^2) | N(0, I)); both arguments are [n, d], scale positive."""
    return (mean.square() + scale.square() - 1 - 2 * scale.log()).sum(1) / 2
