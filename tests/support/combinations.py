"""Every combination of a loss, a penalty and a normalisation, by keys, and what is refused of them."""

from __future__ import annotations

from itertools import product

from benchmark.losses import Loss, find_loss, known_losses
from benchmark.normalisations import find_normalisation, known_normalisations
from benchmark.penalties import find_penalty, known_penalties

LOGITS = ("hinge", "lsgan", "mmgan", "nsgan", "wasserstein")
"""The losses that take any penalty and any normalisation."""
OWN_PENALTY = ("dragan", "wgangp")
CONSTRAINED = ("began", "vae", "wgan")
"""The losses that take no penalty, and no normalisation of weights."""
Combination = tuple[str, str, str]
EVERY: list[Combination] = [*product(known_losses(), known_penalties(), known_normalisations())]


def is_allowed(loss: str, penalty: str, normalisation: str) -> bool:
    """Whether a combination makes sense."""
    if loss in LOGITS:
        return True
    return penalty == "none" and (loss in OWN_PENALTY or normalisation != "spectral")


ALLOWED = [c for c in EVERY if is_allowed(*c)]
REFUSED = [c for c in EVERY if not is_allowed(*c)]


def combined(loss: str, penalty: str = "none", normalisation: str = "setting") -> Loss:
    """The loss with these."""
    chosen = None if normalisation == "setting" else find_normalisation(normalisation)()
    return find_loss(loss)("paper", find_penalty(penalty)(), chosen)
