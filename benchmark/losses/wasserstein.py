"""The Wasserstein loss alone."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.losses.adversarial import AdversarialLoss


class Wasserstein(AdversarialLoss):
    """The difference of the mean logits. Nothing keeps the discriminator, here called a critic, Lipschitz.

        discriminator: -E[d(x)] + E[d(x')]
        generator:     -E[d(x')]

    Without a constraint its logits grow without bound, and it does not estimate a distance. Add a penalty or a normalisation;
    WGAN adds clipping, and WGAN GP a gradient penalty.

    Source: Arjovsky et al. 2017, equation 2; the defaults are those of WGAN GP.
    """

    key = "wasserstein"
    name = "Wasserstein"
    defaults = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 5, "discriminator_batch_norm": False}

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return fake.mean() - real.mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return -fake.mean()
