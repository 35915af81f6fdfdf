"""The discriminator's normalisations, one file each, found by any spelling of their name or by the path of a file."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

from pydantic import Strict

from benchmark.normalisations.base import Normalisation, WeightNormalisation
from benchmark.plugins import UserError, classes, find, naming_exits, spelling
from benchmark.validation import Text, needs, read_record, record

__all__ = ["Normalisation", "WeightNormalisation", "find_normalisation", "known_normalisations"]


@naming_exits()
def find_normalisation(name: str) -> type[Normalisation]:
    """The normalisation called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one normalisation.

    Examples:
        >>> import benchmark
        >>> spectral = benchmark.find_normalisation("spectral norm")
        >>> "discriminator_batch_norm" in benchmark.find_loss("nsgan")("paper", normalisation=spectral()).defaults
        False
    """
    found = find("normalisation", name, "benchmark.normalisations", Normalisation)
    if name.endswith(".py"):
        check_declared(found)
    return found


@record
class Declared:
    """The attributes that a normalisation's class must declare; see ``Normalisation``."""

    name: Text
    aliases: tuple[Text, ...]
    mixes_images: Annotated[bool, Strict(), needs("true or false")]


def check_declared(cls: type[Normalisation]) -> None:
    """Checks the attributes of a user's own normalisation.

    Raises:
        UserError: an attribute has an impossible value, or nothing is normalised; the message names the class.
    """
    read_record(Declared, {f.name: getattr(cls, f.name) for f in fields(Declared)}, cls.__name__)
    if spelling(cls.key) == "setting":
        raise UserError(f"{cls.__name__}: the key 'setting' means the study's own batch norm.\nGive yours another.")
    if cls.layer is Normalisation.layer and cls.weight is Normalisation.weight:
        raise UserError(f"{cls.__name__} normalises nothing: it needs a method layer(shape) or weight(shape).")


def known_normalisations() -> dict[str, type[Normalisation]]:
    """All normalisations of the package, by key.

    Examples:
        >>> import benchmark
        >>> list(benchmark.known_normalisations())
        ['batch', 'layer', 'none', 'spectral']
    """
    return classes("benchmark.normalisations", Normalisation)
