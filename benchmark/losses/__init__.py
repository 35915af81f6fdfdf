"""The losses, one file each. A loss is found by any spelling of its name, or by the path of a file of your own."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import Field

from benchmark.hyperparameters import Domain, check_setting
from benchmark.losses.adversarial import AdversarialLoss, RelativisticLoss, TwoPlayerLoss
from benchmark.losses.base import Context, Loss, Objective
from benchmark.plugins import UserError, classes, find, is_key, naming_exits
from benchmark.validation import Name, Text, brief, needs, read_record, record

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
    found = find("loss", name, "benchmark.losses", Loss)  # type: ignore[type-abstract]
    if name.endswith(".py"):
        check_declared(found)
    return found


@record
class LossDeclaration:
    """What a loss's class must say of itself; see ``Loss``."""

    name: Text
    aliases: tuple[Text, ...]
    prior: Annotated[Literal["uniform", "normal"], Name()]
    variants: Annotated[tuple[Text, ...], Field(min_length=1), needs("a tuple of names")]
    defaults: dict[str, Any]
    wide: dict[str, Any]
    narrow: dict[str, Any]
    domains: dict[str, Domain]


def check_declared(cls: type[Loss]) -> None:
    """Checks what a user's own loss says of itself: its defaults and the draws of its ranges lie in their domains.

    Raises:
        UserError: something cannot be; the class is named.
    """
    read_record(LossDeclaration, {f.name: getattr(cls, f.name) for f in fields(LossDeclaration)}, cls.__name__)
    if wrong := [variant for variant in cls.variants if not is_key(variant)]:
        raise UserError(f"{cls.__name__}: variants has {wrong[0]!r}: letters, digits and _ are needed, with - and . inside.")
    domains = cls.hyperparameters()
    if other := cls.domains.keys() - domains.keys():
        raise UserError(f"{cls.__name__}: domains has {min(other)}, of which defaults have no value.")
    try:
        check_setting(cls.defaults, domains, cls.__name__)
    except UserError as error:
        raise UserError(f"{cls.__name__}: defaults: {error}") from None
    for space in ("wide", "narrow"):
        for name, values in getattr(cls, space).items():
            if name not in domains:
                raise UserError(f"{cls.__name__}: {space} has {name}, of which defaults have no value.")
            if not hasattr(values, "draw") or not domains[name].covers(values):
                raise UserError(f"{cls.__name__}: {space}: {name} = {brief(values)}: a range of {domains[name]} is needed.")


def known_losses() -> dict[str, type[Loss]]:
    """Every loss of the package, by its key.

    Examples:
        >>> import benchmark
        >>> benchmark.known_losses()["lsgan"].name
        'LS GAN'
    """
    return classes("benchmark.losses", Loss)  # type: ignore[type-abstract]
