"""Non-saturating GAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from benchmark.losses.adversarial import AdversarialLoss


class NSGAN(AdversarialLoss):
    """The non-saturating loss: the generator maximises log D(x') instead of minimising log(1 - D(x')).

    With logits d and D = sigmoid(d),

        discriminator: -E[log D(x)] - E[log(1 - D(x'))]
        generator:     -E[log D(x')]

    Source: Goodfellow et al. 2014, section 3.
    """

    key = "nsgan"
    name = "NS GAN"
    aliases: ClassVar[tuple[str, ...]] = ("ns", "non-saturating", "gan")
    in_paper = True
    defaults = {"learning_rate": 5e-5, "beta1": 0.0, "disc_iters": 1, "discriminator_batch_norm": True}

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return softplus(-real).mean() + softplus(fake).mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return softplus(-fake).mean()
