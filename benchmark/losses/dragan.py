"""DRAGAN: the non-saturating loss with a gradient penalty around the real data."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.hyperparameters import NARROW, WIDE, Domain, Fixed, LogUniform
from benchmark.losses.base import Context
from benchmark.losses.gradient_penalty import V1_EPSILON, gradient_penalty
from benchmark.losses.nsgan import NSGAN


class DRAGAN(NSGAN):
    """The non-saturating loss, with the discriminator's gradient penalised near the real images only.

        discriminator: as NS GAN + lambda E[(|grad D(x~)| - 1)^2],   x~ = x + noise,   D = sigmoid(d)
        generator:     as NS GAN

    The paper draws the noise from N(0, c I) and leaves c open; here its standard deviation is half that of the batch's
    pixels. The variant ``v1`` follows the study's released code: noise uniform on [0, half that deviation), a random
    interpolation towards the noisy image, and 1e-4 under the norm's square root.

    The noise's root mean square, in units of the batch's standard deviation, is 0.50 here. The authors' formula,
    x + 0.5 std(x) U[0, 1), gives 0.5 / sqrt(3) = 0.29, and ``v1``, which interpolates towards that, 0.5 / 3 = 0.167; both push
    towards white only.

    Source: Kodali et al. 2017, equation 1 (with the sigmoid: Lucic et al. 2018, table 1).
    """

    key = "dragan"
    name = "DRAGAN"
    aliases = ("dra",)
    wide = WIDE | {"lambda": LogUniform(-1, 2)}
    narrow = NARROW | {"discriminator_batch_norm": Fixed(False), "lambda": LogUniform(-1, 1)}
    defaults = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 1, "discriminator_batch_norm": True, "lambda": 10.0}
    domains = {"lambda": Domain(least=0)}

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        pixels: dict[str, tuple[int, ...]] = {"pixels": image_shape}
        return {**pixels, "u": (1, 1, 1)} if self.variant == "v1" else pixels

    def perturbed(self, c: Context) -> Tensor:
        """Images [n, C, H, W] near the real ones; not clamped to [0, 1]."""
        scale = 0.5 * c.real.std(correction=0)
        if self.variant == "v1":
            return c.real + c.noise["u"] * scale * c.noise["pixels"]
        # N(0, 1) from U[0, 1); the clamp keeps a draw of exactly 0 finite.
        normal: Tensor = torch.special.ndtri(c.noise["pixels"].clamp(min=2.0**-25))
        return c.real + scale * normal

    def penalty(self, c: Context, fake_images: Tensor) -> Tensor:
        epsilon = V1_EPSILON if self.variant == "v1" else 0.0
        return c.h["lambda"] * gradient_penalty(lambda x: c.discriminator(x).sigmoid(), self.perturbed(c), epsilon=epsilon)
