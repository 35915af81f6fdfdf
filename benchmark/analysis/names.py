"""How losses are called and coloured, the same in every table and figure."""

from __future__ import annotations

NAMES = {
    "mmgan": "MM GAN", "nsgan": "NS GAN", "lsgan": "LS GAN", "wgan": "WGAN", "wgangp": "WGAN GP",
    "dragan": "DRAGAN", "began": "BEGAN", "vae": "VAE",
}  # fmt: skip
# Okabe and Ito 2008, a palette that the common kinds of colour blindness keep apart.
COLOURS = {
    "mmgan": "#0072B2", "nsgan": "#56B4E9", "lsgan": "#009E73", "wgan": "#E69F00", "wgangp": "#D55E00",
    "dragan": "#CC79A7", "began": "#F0E442", "vae": "#000000",
}  # fmt: skip


def key(loss: str) -> str:
    """The loss's key without the hash that marks a user's own file."""
    return loss.partition("@")[0]


def display_name(loss: str) -> str:
    """The loss's name in print; a user's own loss goes by its key."""
    return NAMES.get(key(loss), key(loss))


def colour(loss: str) -> str:
    """The loss's colour; a user's own loss is grey."""
    return COLOURS.get(key(loss), "#7F7F7F")


def in_order(losses: list[str]) -> list[str]:
    """The losses in the order of the paper's tables, users' own last."""
    order = list(NAMES)
    return sorted(losses, key=lambda loss: (order.index(key(loss)) if key(loss) in order else len(order), loss))
