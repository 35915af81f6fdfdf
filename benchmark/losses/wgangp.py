"""Wasserstein GAN with gradient penalty."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.hyperparameters import NARROW, WIDE, Domain, Fixed, LogUniform
from benchmark.losses.base import AdversarialLoss, Context
from benchmark.losses.gradient_penalty import V1_EPSILON, gradient_penalty


class WGANGP(AdversarialLoss):
    """The Wasserstein loss: the critic is kept Lipschitz by a penalty on its gradient between real and generated images.

        discriminator: -E[d(x)] + E[d(x')] + lambda E[(|grad d(x^)| - 1)^2],   x^ = u x + (1 - u) x'
        generator:     -E[d(x')]

    with one u ~ U[0, 1] per image. The variant ``v1`` adds 1e-4 under the norm's square root.

    Source: Gulrajani et al. 2017, equation 3 and algorithm 1.
    """

    key = "wgangp"
    name = "WGAN GP"
    aliases = ("gp",)
    wide = WIDE | {"lambda": LogUniform(-1, 2)}
    narrow = NARROW | {"discriminator_batch_norm": Fixed(False), "lambda": LogUniform(-1, 1)}
    defaults = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 5, "discriminator_batch_norm": False, "lambda": 10.0}
    domains = {"lambda": Domain(least=0)}

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        return {"u": (1, 1, 1)}

    @property
    def reuses_z(self) -> bool:
        return False  # In the released code this loss alone draws a new z for the generator.

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return fake.mean() - real.mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return -fake.mean()

    def penalty(self, c: Context, fake_images: Tensor) -> Tensor:
        u = c.noise["u"]
        between = u * c.real + (1 - u) * fake_images
        epsilon = V1_EPSILON if self.variant == "v1" else 0.0
        return c.h["lambda"] * gradient_penalty(c.discriminator, between, epsilon=epsilon)
