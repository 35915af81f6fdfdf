"""What a loss or penalty says of its hyperparameters, checked before anything trusts a user's own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Protocol

from pydantic import Field

from benchmark.hyperparameters import DOMAINS, Domain, Range, Setting, check_setting
from benchmark.plugins import UserError, is_key
from benchmark.validation import Text, brief, needs, read_record, record


class Searched(Protocol):
    """A class that is searched: see ``Loss`` and ``Penalty`` for what each attribute means."""

    __name__: str
    variants: tuple[str, ...]
    defaults: Setting
    wide: Mapping[str, Range]
    narrow: Mapping[str, Range]
    domains: Mapping[str, Domain]


@record
class Declared:
    """What a searched class must say of itself."""

    name: Text
    aliases: tuple[Text, ...]
    variants: Annotated[tuple[Text, ...], Field(min_length=1), needs("a tuple of names")]
    defaults: dict[str, Any]
    wide: dict[str, Any]
    narrow: dict[str, Any]
    domains: dict[str, Domain]


def domains_of(defaults: Setting, domains: Mapping[str, Domain]) -> dict[str, Domain]:
    """The values that each hyperparameter with a default may have: without a domain any number, or true or false."""
    kinds = {name: Domain("yes or no" if isinstance(value, bool) else "number") for name, value in defaults.items()}
    return {name: {**domains, **DOMAINS}.get(name, kind) for name, kind in kinds.items()}


def check_searched(cls: Searched) -> None:
    """Checks what a user's own class says of itself: its defaults and the draws of its ranges lie in their domains.

    Raises:
        UserError: something cannot be; the class is named.
    """
    read_record(Declared, {f.name: getattr(cls, f.name) for f in fields(Declared)}, cls.__name__)
    if wrong := [variant for variant in cls.variants if not is_key(variant)]:
        raise UserError(f"{cls.__name__}: variants has {wrong[0]!r}: letters, digits and _ are needed, with - and . inside.")
    domains = domains_of(cls.defaults, cls.domains)
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
