"""How losses are drawn, the same in every figure and in the report. It names colours and markers and draws nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Style:
    """How a loss is drawn: a colour, and a marker and a dash pattern that tell it apart in grey.

    Marker and dashes are written as matplotlib takes them; the report knows the same markers.
    """

    colour: str
    marker: str
    dashes: str | tuple[float, tuple[float, ...]]


# Okabe and Ito 2008, a palette that the common kinds of colour blindness keep apart.
STYLES = {
    "MM GAN": Style("#0072B2", "o", "-"),
    "NS GAN": Style("#56B4E9", "s", "--"),
    "LS GAN": Style("#009E73", "^", "-."),
    "WGAN": Style("#E69F00", "D", ":"),
    "WGAN GP": Style("#D55E00", "v", (0, (5, 1, 1, 1, 1, 1))),
    "DRAGAN": Style("#CC79A7", "P", (0, (7, 2))),
    "BEGAN": Style("#F0E442", "X", (0, (3, 1))),
    "VAE": Style("#000000", "*", (0, (1, 2))),
}
"""The paper's losses, by their names in print."""
OWN = (Style("#7F7F7F", "h", "-"), Style("#A0522D", "<", "--"), Style("#6A51A3", ">", "-."))
"""A user's own losses."""


FURTHER = ("h", "<", ">", "D", "s")
"""The markers of a loss's second variant and of those after it; the first, drawn hollow, has its loss's own."""


def style(name: str, names: list[str]) -> Style:
    """How the loss called ``name`` is drawn in a figure of the losses ``names``, all as the table's column ``name`` has them.

    A variant, such as ``LS GAN (v1)``, has its loss's style; of several the second and later have markers of their own.
    Users' own losses take the styles of ``OWN`` in turn.
    """
    base = name.partition(" (")[0]
    own = sorted({n.partition(" (")[0] for n in names} - set(STYLES))
    found = STYLES[base] if base in STYLES else OWN[own.index(base) % len(OWN)]
    variants = sorted({n for n in names if n.startswith(f"{base} (")})
    if name not in variants[1:]:
        return found
    free = [marker for marker in FURTHER if marker != found.marker]
    return replace(found, marker=free[(variants.index(name) - 1) % len(free)])
