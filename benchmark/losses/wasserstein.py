"""The Wasserstein loss alone."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.losses.adversarial import AdversarialLoss


class Wasserstein(AdversarialLoss):
    """The difference of the mean logits, with nothing that keeps the discriminator, a critic here, Lipschitz.

        discriminator: -E[d(x)] + E[d(x')]
        generator:     -E[d(x')]

    It estimates a distance only with what WGAN adds, clipping, or WGAN GP, a gradient penalty: give it a penalty or a
    normalisation. Alone its logits grow without bound.

    Source: Arjovsky et al. 2017, equation 2; the defaults are those of WGAN GP.
    """

    key = "wasserstein"
    name = "Wasserstein"
    defaults = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 5, "discriminator_batch_norm": False}

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return fake.mean() - real.mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return -fake.mean()
