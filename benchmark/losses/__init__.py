"""The losses, one file each. A loss is found by any spelling of its name, or by the path of a file of your own."""

from __future__ import annotations

from benchmark.losses.adversarial import AdversarialLoss, RelativisticLoss, TwoPlayerLoss
from benchmark.losses.base import Context, Loss, Objective
from benchmark.plugins import classes, find

__all__ = [
    "AdversarialLoss",
    "Context",
    "Loss",
    "Objective",
    "RelativisticLoss",
    "TwoPlayerLoss",
    "find_loss",
    "known_losses",
]


def find_loss(name: str) -> type[Loss]:
    """The loss called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one loss.
    """
    return find("loss", name, "benchmark.losses", Loss)  # type: ignore[type-abstract]


def known_losses() -> dict[str, type[Loss]]:
    """Every loss of the package, by its key."""
    return classes("benchmark.losses", Loss)  # type: ignore[type-abstract]
