"""Records whose values are checked: what is refused, and in which words."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BeforeValidator

from benchmark.plugins import UserError
from benchmark.validation import AnyText, Name, Positive, Text, Whole, brief, read_record, record, table


@record
class Engine:
    fuel: Annotated[Literal["diesel", "petrol"], Name()]
    cylinders: Positive = 4


@record
class Car:
    plate: Text
    doors: Whole = 4
    colour: AnyText = ""
    engine: Annotated[Engine, BeforeValidator(table(Engine, "fuel", ["fuel", "cylinders"]))] | None = None

    def __post_init__(self) -> None:
        if self.doors == 13:
            raise ValueError("13 doors bring bad luck.")


def test_a_record_in_a_record_is_given_as_itself_as_a_table_or_by_its_main_value() -> None:
    engine = Engine(fuel="diesel")
    assert Car(plate="A", engine=engine).engine is engine
    for said in ({"fuel": "diesel"}, "diesel"):
        assert read_record(Car, {"plate": "A", "engine": said}, "car.toml") == Car(plate="A", engine=engine)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "plate is missing."),
        ({"plate": ""}, "plate = '': a text is needed."),
        ({"plate": "A", "doors": -1}, "doors = -1: a whole number of 0 or more is needed."),
        ({"plate": "A", "doors": 13}, "13 doors bring bad luck."),
        (
            {"plate": "A", "color": "red"},
            "Unknown key 'color'. Did you mean colour or doors?\nKnown: plate, doors, colour, engine.",
        ),
        ({"plate": "A", "engine": 3}, "motor = 3: a text is needed, or a table with keys from fuel, cylinders."),
        ({"plate": "A", "engine": "deisel"}, "motor.fuel = 'deisel': Did you mean diesel? Accepted: diesel, petrol."),
        ({"plate": "A", "engine": {"fuel": "petrol", "cylinders": 0}}, "motor.cylinders = 0: a whole number of 1 or more"),
        ({"plate": "A", "engine": {"feul": "petrol"}}, "motor = {'feul': 'petrol'}: Unknown key 'feul'. Did you mean fuel?"),
    ],
)
def test_an_error_names_the_place_and_the_key_as_it_is_called_there(values: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as raised:
        read_record(Car, values, "car.toml", {"engine": "motor"})
    assert str(raised.value).startswith(f"car.toml: {message}")


def test_a_value_in_a_message_is_one_short_line() -> None:
    assert brief([1, "a\nb"]) == r"[1, 'a\nb']"
    assert brief("x" * 100) == f"'{'x' * 56}..."
    assert brief(10**5000) == "a very long int"
