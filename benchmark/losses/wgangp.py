"""Wasserstein GAN with gradient penalty."""

from __future__ import annotations

from benchmark.hyperparameters import NARROW, WIDE, Fixed
from benchmark.losses.wasserstein import Wasserstein
from benchmark.penalties.gp import BetweenPenalty


class WGANGP(Wasserstein):
    """The Wasserstein loss; the critic is kept Lipschitz by a penalty on its gradient between real and generated images.

        discriminator: -E[d(x)] + E[d(x')] + lambda E[(|grad d(x^)| - 1)^2],   x^ = u x + (1 - u) x'
        generator:     -E[d(x')]

    with one u ~ U[0, 1] per image. The variant ``v1`` adds 1e-4 under the norm's square root.

    Source: Gulrajani et al. 2017, equation 3 and algorithm 1.
    """

    key = "wgangp"
    name = "WGAN GP"
    aliases = ("gp",)
    in_paper = True
    own_penalty = BetweenPenalty
    bare = "wasserstein"
    wide = WIDE | BetweenPenalty.wide
    narrow = NARROW | {"discriminator_batch_norm": Fixed(False)} | BetweenPenalty.narrow
    defaults = Wasserstein.defaults | BetweenPenalty.defaults
    domains = BetweenPenalty.domains

    @property
    def reuses_z(self) -> bool:
        return False  # In the released code only this loss draws a new z for the generator.
