"""No normalisation."""

from __future__ import annotations

from benchmark.normalisations.base import Normalisation


class NoNormalisation(Normalisation):
    """Leaves the discriminator's layers and weights unchanged."""

    key = "none"
    name = "no normalisation"
    aliases = ("no normalisation", "no normalization")
    mixes_images = False
