"""No normalisation."""

from __future__ import annotations

from benchmark.normalisations.base import Normalisation


class NoNormalisation(Normalisation):
    """The discriminator's layers and weights as they are."""

    key = "none"
    aliases = ("no normalisation",)
    mixes_images = False
