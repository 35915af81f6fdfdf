"""The gradient penalty between real and generated images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.hyperparameters import Domain, LogUniform
from benchmark.penalties.base import Network, Penalty
from benchmark.penalties.gradient_norm import V1_EPSILON, gradient_penalty


class BetweenPenalty(Penalty):
    """Pulls the norm of the logit's gradient towards 1 on lines between real and generated images.

        lambda E[(|grad d(x^)| - 1)^2],   x^ = u x + (1 - u) x'

    with one u ~ U[0, 1] per image. The variant ``v1`` adds 1e-4 under the norm's square root.

    Source: Gulrajani et al. 2017, equation 3 and algorithm 1; ranges: those of WGAN GP in Lucic et al. 2018.
    """

    key = "gp"
    name = "gradient penalty"
    aliases = ("gradient", "wgan-gp")
    wide = {"lambda": LogUniform(-1, 2)}
    narrow = {"lambda": LogUniform(-1, 1)}
    defaults = {"lambda": 10.0}
    domains = {"lambda": Domain(least=0)}
    variants = ("paper", "v1")

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        return {"u": (1, 1, 1)}

    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        u = noise["u"]
        between = u * real + (1 - u) * fake
        epsilon = V1_EPSILON if self.variant == "v1" else 0.0
        return h["lambda"] * gradient_penalty(discriminator, between, epsilon=epsilon)
