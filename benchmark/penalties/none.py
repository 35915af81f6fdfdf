"""No penalty."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.penalties.base import Network, Penalty


class NoPenalty(Penalty):
    """Adds nothing. WGAN GP and DRAGAN keep the penalty that is part of their own definition."""

    key = "none"
    name = "no penalty"
    aliases = ("no penalty",)

    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        return real.new_zeros(())
