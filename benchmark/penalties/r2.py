"""R2: the squared gradient at the generated images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.hyperparameters import Domain, LogUniform
from benchmark.penalties.base import Network, Penalty
from benchmark.penalties.gradient_norm import squared_gradient_norm


class R2(Penalty):
    """Pulls the squared norm of the logit's gradient towards 0 at the generated images; R1 does so at the real ones.

        gamma / 2 E[|grad d(x')|^2]

    Source: Mescheder et al. 2018, section 4.1, whose gamma on images is 10, the default here.
    """

    key = "r2"
    name = "R2"
    wide = {"gamma": LogUniform(-2, 2)}
    narrow = {"gamma": LogUniform(-1, 1)}
    defaults = {"gamma": 10.0}
    domains = {"gamma": Domain(least=0)}

    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        return h["gamma"] / 2 * squared_gradient_norm(discriminator, fake).mean()
