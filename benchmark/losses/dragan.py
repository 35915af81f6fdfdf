"""DRAGAN: the non-saturating loss with a gradient penalty around the real data."""

from __future__ import annotations

from benchmark.hyperparameters import NARROW, WIDE, Fixed
from benchmark.losses.nsgan import NSGAN
from benchmark.penalties.dragan import DraganPenalty


class DRAGAN(NSGAN):
    """The non-saturating loss with a penalty on the discriminator's gradient near the real images only.

        discriminator: as NS GAN + lambda E[(|grad D(x~)| - 1)^2],   x~ = x + noise,   D = sigmoid(d)
        generator:     as NS GAN

    See ``DraganPenalty`` for the noise and for the variant ``v1``.

    Source: Kodali et al. 2017, equation 1 (with the sigmoid: Lucic et al. 2018, table 1).
    """

    key = "dragan"
    name = "DRAGAN"
    aliases = ("dra",)
    in_paper = True
    own_penalty = DraganPenalty
    bare = "nsgan"
    wide = WIDE | DraganPenalty.wide
    narrow = NARROW | {"discriminator_batch_norm": Fixed(False)} | DraganPenalty.narrow
    defaults = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 1, "discriminator_batch_norm": True} | DraganPenalty.defaults
    domains = DraganPenalty.domains
