"""Least-squares GAN."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.hyperparameters import NARROW, WIDE, Fixed
from benchmark.losses.adversarial import AdversarialLoss

TARGETS = {"a": Fixed(0.0), "b": Fixed(1.0), "c": Fixed(1.0)}


class LSGAN(AdversarialLoss):
    """Least squares on the logits. The discriminator's targets are b for real and a for generated images; the generator's is c.

        discriminator: 1/2 E[(d(x) - b)^2] + 1/2 E[(d(x') - a)^2]
        generator:     1/2 E[(d(x') - c)^2]

    a = 0, b = c = 1 by default. With a = -1, b = 1, c = 0 the generator minimises the Pearson chi^2 divergence between
    p_data + p_g and 2 p_g. The variant ``v1`` squares the sigmoid of the logit, as the study's released code does.

    Source: Mao et al. 2016, equations 2, 8 and 9.
    """

    key = "lsgan"
    name = "LS GAN"
    aliases = ("ls", "least squares")
    in_paper = True
    wide = WIDE | TARGETS
    narrow = NARROW | TARGETS
    defaults = {
        "learning_rate": 2e-4,
        "beta1": 0.5,
        "disc_iters": 1,
        "discriminator_batch_norm": True,
        "a": 0.0,
        "b": 1.0,
        "c": 1.0,
    }

    def output(self, logits: Tensor) -> Tensor:
        return logits.sigmoid() if self.variant == "v1" else logits

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        real, fake = self.output(real), self.output(fake)
        return ((real - h["b"]).square().mean() + (fake - h["a"]).square().mean()) / 2

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return (self.output(fake) - h["c"]).square().mean() / 2
