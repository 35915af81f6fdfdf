"""No penalty."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.penalties.base import Network, Penalty


class NoPenalty(Penalty):
    """Nothing is added to the loss's own definition; WGAN GP and DRAGAN keep the penalty that is part of theirs."""

    key = "none"
    name = "no penalty"
    aliases = ("no penalty",)

    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        return real.new_zeros(())
