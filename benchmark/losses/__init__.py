"""The losses, one file each. A loss is found by any spelling of its name, or by the path of a file of your own."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Literal

from benchmark.losses.adversarial import AdversarialLoss, RelativisticLoss, TwoPlayerLoss
from benchmark.losses.base import Context, Loss, Objective
from benchmark.penalties import Penalty
from benchmark.plugins import UserError, classes, declared, find, naming_exits
from benchmark.searched import check_searched
from benchmark.validation import AnyText, Name, needs, read_record, record

__all__ = [
    "AdversarialLoss",
    "Context",
    "Loss",
    "Objective",
    "RelativisticLoss",
    "TwoPlayerLoss",
    "find_loss",
    "known_losses",
    "paper_losses",
]


@naming_exits()
def find_loss(name: str) -> type[Loss]:
    """The loss called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one loss.

    Examples:
        >>> import benchmark
        >>> benchmark.find_loss("WGAN-GP").key
        'wgangp'
    """
    # Published results of a user's file hinge.py are older than the package's hinge; keys of files end with a hash.
    free = [key for key, said in declared("benchmark.losses").items() if not said.in_paper]
    found = find("loss", name, "benchmark.losses", Loss, free=free)  # type: ignore[type-abstract]
    if name.endswith(".py"):
        check_declared(found)
    return found


@record
class LossDeclaration:
    """The attributes that a loss's class must declare, apart from its hyperparameters; see ``Loss``."""

    prior: Annotated[Literal["uniform", "normal"], Name()]
    own_penalty: Annotated[type[Penalty] | None, needs("a class derived from Penalty, or None,")]
    no_penalty: AnyText
    no_weight_norm: AnyText
    bare: AnyText


def check_declared(cls: type[Loss]) -> None:
    """Checks the attributes of a user's own loss.

    Raises:
        UserError: an attribute has an impossible value; the message names the class.
    """
    read_record(LossDeclaration, {f.name: getattr(cls, f.name) for f in fields(LossDeclaration)}, cls.__name__)
    check_searched(cls)
    if cls.own_penalty and (missing := cls.own_penalty.defaults.keys() - cls.defaults.keys()):
        raise UserError(f"{cls.__name__}: defaults lack {min(missing)}, which its penalty {cls.own_penalty.key} needs.")


def known_losses() -> dict[str, type[Loss]]:
    """All losses of the package, by key.

    Examples:
        >>> import benchmark
        >>> benchmark.known_losses()["lsgan"].name
        'LS GAN'
    """
    return classes("benchmark.losses", Loss)  # type: ignore[type-abstract]


def paper_losses() -> dict[str, type[Loss]]:
    """The eight losses that the paper compares, by key; ``all`` stands for them.

    Examples:
        >>> import benchmark
        >>> list(benchmark.paper_losses())
        ['began', 'dragan', 'lsgan', 'mmgan', 'nsgan', 'vae', 'wgan', 'wgangp']
    """
    said, known = declared("benchmark.losses"), known_losses()
    return {key: cls for key, cls in known.items() if said[key].in_paper}
