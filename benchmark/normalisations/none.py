"""No normalisation."""

from __future__ import annotations

from benchmark.normalisations.base import Normalisation


class NoNormalisation(Normalisation):
    """The discriminator's layers and weights as they are."""

    key = "none"
    name = "no normalisation"
    aliases = ("no normalisation", "no normalization")
    mixes_images = False
