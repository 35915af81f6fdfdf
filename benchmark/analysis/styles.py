"""The colours and markers of losses, the same in every figure and in the report. This module draws nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from benchmark.analysis import paper
from benchmark.analysis.names import choices, loss_names
from benchmark.factors import FACTORS, PENALTY


@dataclass(frozen=True)
class Style:
    """How a loss is drawn: a colour, and a marker and dash pattern that distinguish it without colour.

    Marker and dashes are in matplotlib's notation; the report knows the same markers.

    Attributes:
        hollow: whether the markers are hollow, as for a loss with an unusual choice such as a variant.
    """

    colour: str
    marker: str
    dashes: str | tuple[float, tuple[float, ...]]
    hollow: bool = False


# Okabe and Ito 2008: a palette for readers with the common kinds of colour blindness.
STYLES = {
    "mmgan": Style("#0072B2", "o", "-"),
    "nsgan": Style("#56B4E9", "s", "--"),
    "lsgan": Style("#009E73", "^", "-."),
    "wgan": Style("#E69F00", "D", ":"),
    "wgangp": Style("#D55E00", "v", (0, (5, 1, 1, 1, 1, 1))),
    "dragan": Style("#CC79A7", "P", (0, (7, 2))),
    "began": Style("#F0E442", "X", (0, (3, 1))),
    "vae": Style("#000000", "*", (0, (1, 2))),
}
"""The paper's losses, by their keys."""
OWN = (Style("#7F7F7F", "h", "-"), Style("#A0522D", "<", "--"), Style("#6A51A3", ">", "-."))
"""The styles of all other losses, including a user's own."""


FURTHER = ("h", "<", ">", "D", "s", "P", "X", "^", "v", "o", "*")
"""Markers for a loss's second and further unusual combinations; the first one has the loss's own marker, drawn hollow."""
OF_PENALTY = ("o", "^", "s", "D", "v", "P", "X", "*")
"""Markers of penalties, for a table with too many combinations for a marker each."""


def loss_styles(table: pd.DataFrame) -> dict[str, Style]:
    """The style of each loss of a table, by key. Losses that are not in the paper take the styles of ``OWN`` in turn."""
    names = loss_names(table)
    own = sorted((key for key in names if key not in STYLES), key=lambda key: names[key])
    return {key: STYLES[key] if key in STYLES else OWN[own.index(key) % len(OWN)] for key in names}


def paper_styles() -> dict[str, Style]:
    """The styles of the paper's losses, by printed name, for tables without keys."""
    return {name: STYLES[key] for key, name in paper.loss_names().items()}


def styles(table: pd.DataFrame) -> dict[str, Style]:
    """The style of each loss of the table, by its name in the column ``name``.

    A loss with an unusual choice, such as ``LS GAN (v1)``, has its loss's colour and dashes and hollow markers; further ones
    of the same loss have markers of their own. If a loss has more combinations than there are markers, each penalty has one
    marker for all losses.

    Args:
        table: with the columns ``loss`` and ``name``, and the columns of the factors if they are known.
    """
    of_loss, values = loss_styles(table), choices(table)
    rows = values.assign(loss=table["loss"].astype(str), name=table["name"].astype(str)).drop_duplicates("name")
    usual = {f.name: f.usual for f in FACTORS}
    penalties = sorted(set(values[PENALTY.name]), key=lambda penalty: (penalty != PENALTY.usual, penalty))
    found: dict[str, Style] = {}
    for loss, combined in rows.groupby("loss", sort=False):
        base = of_loss[str(loss)]
        free = [base.marker, *(marker for marker in FURTHER if marker != base.marker)]
        unusual = sorted(row["name"] for row in combined.to_dict("records") if any(row[f] != usual[f] for f in usual))
        found |= dict.fromkeys(combined["name"], base)
        if len(unusual) > len(free):
            of_penalty = zip(combined["name"], combined[PENALTY.name].map(penalties.index), strict=True)
            found |= {name: replace(base, marker=OF_PENALTY[i % len(OF_PENALTY)]) for name, i in of_penalty}
        else:
            found |= {name: replace(base, marker=free[i % len(free)], hollow=True) for i, name in enumerate(unusual)}
    return {name: found[name] for name in rows["name"]}
