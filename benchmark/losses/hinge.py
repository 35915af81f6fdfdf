"""Hinge loss."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, relu

from benchmark.losses.adversarial import AdversarialLoss


class Hinge(AdversarialLoss):
    """The discriminator pushes logits of real images above 1 and those of generated ones below -1, and no further.

        discriminator: E[max(0, 1 - d(x))] + E[max(0, 1 + d(x'))]
        generator:     -E[d(x')]

    Source: Lim and Ye 2017, equations 4 and 5; also Tran et al. 2017.
    """

    key = "hinge"

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return -fake.mean()
