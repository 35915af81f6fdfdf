"""Records checked by pydantic. A value that is not accepted raises a ``UserError`` that says what is accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from functools import wraps
from typing import Annotated, Any, TypeVar, cast, dataclass_transform, get_args

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, Strict, TypeAdapter, ValidationError, WrapValidator
from pydantic.dataclasses import dataclass
from pydantic_core import CoreSchema, core_schema

from benchmark.plugins import UserError, nearest, unknown

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Class decorator: a frozen dataclass with keyword arguments only, whose values are checked whenever one is made.

    A value that is not accepted raises a ``UserError``, also in ``dataclasses.replace``: ``Study: samples = -3: a whole number
    of 1 or more is needed.`` A record inside a record may be given as a table of its values.

    Pydantic turns texts into numbers, and the like, unless a field's type is strict: ``Text``, ``Whole``, ``Positive`` and
    ``Name`` are.
    """
    made = dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))(cls)
    initialise: Callable[..., None] = made.__init__

    @wraps(initialise)
    def checked(self: T, **values: Any) -> None:
        try:
            initialise(self, **values)
        except ValidationError as error:
            raise refusal(error, cls, cls.__name__) from None

    made.__init__ = checked  # type: ignore[method-assign, assignment]
    return cast("type[T]", made)


def read_record(cls: type[T], values: Mapping[str, Any], place: str, keys: Mapping[str, str] | None = None) -> T:
    """The record with these values.

    Args:
        place: where the values come from, for errors.
        keys: the names of fields there, if they differ from the record's; both with dots in between: ``source.study``.

    Raises:
        UserError: a value that is not accepted.
    """
    try:
        return TypeAdapter(cls).validate_python(dict(values))
    except ValidationError as error:
        raise refusal(error, cls, place, keys or {}) from None


def refusal(error: ValidationError, cls: type, place: str, keys: Mapping[str, str] | None = None) -> UserError:
    """The first of pydantic's errors about a record, in one or two lines: place, key, value and what is accepted."""
    first = error.errors(include_url=False)[0]
    # Pydantic also counts the elements of lists, and marks the keys of tables.
    names = [part for part in first["loc"] if isinstance(part, str) and part != "[key]"]
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden") and len(names) == 1:
        return UserError(f"{place}: {unknown('key', names[0], [f.name for f in fields(cls)])}")
    key = " ".join(".".join(names).split())[:60]
    for name, called in (keys or {}).items():
        if f"{key}.".startswith(f"{name}."):
            key = called + key[len(name) :]
            break
    text = str(first["ctx"]["error"]) if first["type"] == "value_error" else f"{first['msg']}."
    if not key:
        return UserError(f"{place}: {text}")
    if first["type"] == "missing":
        return UserError(f"{place}: {key} is missing.")
    return UserError(f"{place}: {key} = {brief(first['input'])}: {text}")


def brief(value: Any) -> str:
    """The value on one line of at most 60 characters, for an error message."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python prints no number of more than 4,300 digits
        return f"a very long {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def needs(accepted: str) -> WrapValidator:
    """Marks a type: the error for a refused value says this in place of pydantic's message."""

    def check(value: Any, accept: Callable[[Any], Any]) -> Any:
        try:
            return accept(value)
        except ValidationError:
            raise ValueError(f"{accepted} is needed.") from None

    return WrapValidator(check)


class Name:
    """Marks a ``Literal`` of texts: any other value is refused, and the error offers the nearest ones."""

    def __get_pydantic_core_schema__(self, literal: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = list(get_args(literal))

        def check(value: Any) -> Any:
            if isinstance(value, str) and value in known:
                return value
            hint = nearest(value, known) if isinstance(value, str) else ""
            raise ValueError(f"{hint} Accepted: {', '.join(known)}.".lstrip())

        return core_schema.no_info_plain_validator_function(check)


def table(cls: type, short: str, known: list[str]) -> Callable[[Any], Any]:
    """Checks a value for a record of ``cls``: such a record, a table of the ``known`` keys, or a text, the value of ``short``.

    Returns:
        A function for ``BeforeValidator``: its result is the record, or a table of its values.
    """

    def check(value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return {short: value}
        if not isinstance(value, Mapping):
            raise ValueError(f"a text is needed, or a table with keys from {', '.join(known)}.")
        if other := [key for key in value if key not in known]:
            raise ValueError(str(unknown("key", str(other[0]), known)).replace("\n", " "))
        return dict(value)

    return check


AnyText = Annotated[str, Strict(), needs("a text")]
Text = Annotated[str, Strict(), Field(min_length=1), needs("a text")]
Whole = Annotated[int, Strict(), Field(ge=0), needs("a whole number of 0 or more")]
Positive = Annotated[int, Strict(), Field(ge=1), needs("a whole number of 1 or more")]
