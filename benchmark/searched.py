"""What losses and penalties share: a key, variants, and hyperparameters with the ranges that a study searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, ClassVar

from pydantic import Field

from benchmark.hyperparameters import DOMAINS, Domain, Range, Setting, check_setting
from benchmark.plugins import UserError, is_key, unknown
from benchmark.validation import Text, brief, needs, read_record, record


class Searched:
    """A loss or penalty, whose hyperparameters a study searches.

    Args:
        variant: one of ``variants``.

    Raises:
        UserError: an unknown variant.

    Attributes:
        key: its short name, in file names and tables.
        name: its name in print, by default its key.
        aliases: other names users type.
        wide, narrow: the two search spaces of the study, by hyperparameter.
        defaults: its default setting.
        domains: the values that its own hyperparameters may have, by name. Without a domain they are numbers, or true or false
            if the default is.
        variants: ``paper`` is its paper's definition, ``v1`` that of the released code google/compare_gan v1.0; there may be
            more.
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    wide: Mapping[str, Range] = {}
    narrow: Mapping[str, Range] = {}
    defaults: Setting = {}
    domains: Mapping[str, Domain] = {}
    variants: ClassVar[tuple[str, ...]] = ("paper", "v1")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # otherwise it would be named like its base
            cls.name = cls.key

    def __init__(self, variant: str = "paper") -> None:
        if variant not in self.variants:
            raise unknown(f"variant of {self.key}", variant, [*self.variants])
        self.variant = variant

    def hyperparameters(self) -> dict[str, Domain]:
        """Its hyperparameters, with the values that each may have."""
        return domains_of(self.defaults, self.domains)


@record
class Declared:
    """What a searched class must declare."""

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


def check_searched(cls: type[Searched]) -> None:
    """Checks the declarations of a user's own class: its defaults and the draws of its ranges must be in their domains.

    Raises:
        UserError: a declaration is wrong; the message names the class.
    """
    read_record(Declared, {f.name: getattr(cls, f.name) for f in fields(Declared)}, cls.__name__)
    if wrong := [variant for variant in cls.variants if not is_key(variant)]:
        raise UserError(f"{cls.__name__}: variants has {wrong[0]!r}: letters, digits and _ are needed, with - and . inside.")
    domains = domains_of(cls.defaults, cls.domains)
    if other := cls.domains.keys() - domains.keys():
        raise UserError(f"{cls.__name__}: domains has {min(other)}, which has no default.")
    try:
        check_setting(cls.defaults, domains, cls.__name__)
    except UserError as error:
        raise UserError(f"{cls.__name__}: defaults: {error}") from None
    for space in ("wide", "narrow"):
        for name, values in getattr(cls, space).items():
            if name not in domains:
                raise UserError(f"{cls.__name__}: {space} has {name}, which has no default.")
            if not hasattr(values, "draw") or not domains[name].covers(values):
                raise UserError(f"{cls.__name__}: {space}: {name} = {brief(values)}: a range of {domains[name]} is needed.")
