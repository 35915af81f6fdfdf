"""DRAGAN's gradient penalty, around the real images."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from benchmark.hyperparameters import Domain, LogUniform
from benchmark.penalties.base import Network, Penalty
from benchmark.penalties.gradient_norm import V1_EPSILON, gradient_penalty


class DraganPenalty(Penalty):
    """Pulls the norm of the discriminator's gradient towards 1, near the real images only.

        lambda E[(|grad D(x~)| - 1)^2],   x~ = x + noise,   D = sigmoid(d)

    The paper draws the noise from N(0, c I) and leaves c open; here its standard deviation is half that of the batch's
    pixels. The variant ``v1`` follows the study's released code: noise uniform on [0, half the pixels' standard deviation), a
    random interpolation towards the noisy image, and 1e-4 under the norm's square root.

    The noise's root mean square, in units of the batch's standard deviation, is 0.50 here. The authors' formula,
    x + 0.5 std(x) U[0, 1), gives 0.5 / sqrt(3) = 0.29. ``v1`` interpolates towards that image, which gives 0.5 / 3 = 0.167.
    The authors' noise and that of ``v1`` are never negative, so they only make images lighter.

    For every loss the gradient is that of the sigmoid D, as in the study's table of losses. It is at most a quarter of the
    logit's gradient. The second version of the released code takes the gradient of the logit d instead.

    Source: Kodali et al. 2017, equation 1 (with the sigmoid: Lucic et al. 2018, table 1); ranges: Lucic et al. 2018.
    """

    key = "dragan"
    name = "DRAGAN's penalty"
    wide = {"lambda": LogUniform(-1, 2)}
    narrow = {"lambda": LogUniform(-1, 1)}
    defaults = {"lambda": 10.0}
    domains = {"lambda": Domain(least=0)}
    variants = ("paper", "v1")

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        pixels: dict[str, tuple[int, ...]] = {"pixels": image_shape}
        return {**pixels, "u": (1, 1, 1)} if self.variant == "v1" else pixels

    def perturbed(self, real: Tensor, noise: Mapping[str, Tensor]) -> Tensor:
        """Images [n, C, H, W] near the real ones; not clamped to [0, 1]."""
        scale = 0.5 * real.std(correction=0)
        if self.variant == "v1":
            return real + noise["u"] * scale * noise["pixels"]
        # N(0, 1) from U[0, 1); the clamp keeps a draw of exactly 0 finite.
        normal: Tensor = torch.special.ndtri(noise["pixels"].clamp(min=2.0**-25))
        return real + scale * normal

    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        epsilon = V1_EPSILON if self.variant == "v1" else 0.0
        near = self.perturbed(real, noise)
        return h["lambda"] * gradient_penalty(lambda x: discriminator(x).sigmoid(), near, epsilon=epsilon)
