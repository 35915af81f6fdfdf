"""Minimax GAN."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch.nn.functional import softplus

from benchmark.losses.adversarial import AdversarialLoss


class MMGAN(AdversarialLoss):
    """The minimax loss: both networks optimise the same value in opposite directions.

    With logits d and D = sigmoid(d),

        discriminator: -E[log D(x)] - E[log(1 - D(x'))]
        generator:      E[log(1 - D(x'))]

    computed from the logits: -log D = softplus(-d), -log(1 - D) = softplus(d).

    Source: Goodfellow et al. 2014, equation 1 and algorithm 1.
    """

    key = "mmgan"
    name = "MM GAN"
    aliases = ("mm", "minimax")
    in_paper = True
    defaults = {"learning_rate": 5e-5, "beta1": 0.0, "disc_iters": 1, "discriminator_batch_norm": True}

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return softplus(-real).mean() + softplus(fake).mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return -softplus(fake).mean()
