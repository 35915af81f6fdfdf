"""A table of trials in a CSV file: every cell is read as what its column is, or refused with its row, column and value."""

from __future__ import annotations

import codecs
import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.columns import BY_NAME, HYPERPARAMETER, VALUES, column, is_hyperparameter, renamed
from benchmark.files import NotAFile, read_plain
from benchmark.hyperparameters import DOMAINS
from benchmark.plugins import UserError, one_line
from benchmark.validation import brief

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SPREADSHEET = b"PK"  # .xlsx and .ods are zip archives
SEPARATORS = {";": "semicolons", "\t": "tabs"}
MISSING = ("nan", "na", "n/a")
"""What other programs write for a number that is not there, in any case; an empty cell is missing in every column."""


def read_table(path: Path) -> pd.DataFrame:
    """The table of trials in a CSV file: text is text, whatever it looks like, and older names of columns are today's.

    Whole numbers are int64 where none is missing. A column that ``benchmark.columns`` does not know and that holds no number
    is a reader's own and stays text. Rows that are all empty are left out; the index goes on counting them, from 1, so that
    index + 1 is the row of a spreadsheet, whose first is the header's.

    Raises:
        UserError: there is no such file, it is no CSV, or a cell cannot be of its column.
    """
    cells = read_cells(path)
    return pd.DataFrame({name: values_of(cells[name], path) for name in cells}, cells.index)


def read_cells(path: Path) -> pd.DataFrame:
    """The file's cells as text, empty ones missing, under today's names of columns."""
    try:
        rows = pd.read_csv(
            io.StringIO(read_text(path)),
            header=None,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
        )
    except ValueError as error:  # what pandas' parser raises, too
        raise no_table(path, one_line(error)) from None
    names, cells = rows.iloc[0], rows.iloc[1:]
    cells = cells.loc[cells.notna().any(axis=1), names.notna()].set_axis(names.dropna().str.strip(), axis=1)
    if cells.columns.has_duplicates:
        raise no_table(path, f"the column {cells.columns[cells.columns.duplicated()][0]} is there twice")
    return renamed(cells).rename_axis(columns=None)


def read_text(path: Path) -> str:
    """The text of a CSV file in UTF-8."""
    try:
        content = read_plain(path)
    except FileNotFoundError:
        raise UserError(
            f"No table of trials at {path}.\nA CSV file as 'ganbench bench' writes it, or a folder with trials.csv, is "
            "expected; a study's name is enough where results/studies has it."
        ) from None
    except NotAFile as error:
        raise no_table(path, f"it is {error.strerror}") from None
    except OSError as error:
        raise no_table(path, error.strerror or one_line(error)) from None
    if content.startswith(UTF_16):
        raise no_table(path, "it is text in UTF-16. Save it in UTF-8, as CSV with commas")
    if content.startswith(SPREADSHEET):
        raise no_table(path, "it is a spreadsheet's own file. Save it as CSV with commas, in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise no_table(path, f"{one_line(error)}. Save it as CSV with commas, in UTF-8") from None
    header = text.partition("\n")[0]
    for separator, name in SEPARATORS.items():
        if separator in header and "," not in header:
            raise no_table(path, f"{name} separate its columns. Save it with commas, and with points in numbers")
    return text


def no_table(path: Path, why: str) -> UserError:
    """What is said of a file that cannot be read as a table."""
    return UserError(f"{path} is not a table of trials: {why}.")


def values_of(cells: pd.Series, path: Path) -> pd.Series:
    """The values of a column from its cells, as what the column is.

    Raises:
        UserError: a cell cannot be one of it.
    """
    name = str(cells.name)
    if column(name).type == "text" or (is_further_score(name) and holds_words(cells)):
        return cells
    read, accepted = reader_of(name)
    values: dict[object, Any] = {}
    for row, cell in cells.dropna().drop_duplicates().items():  # a study has few different ones of most columns
        missing = cell.strip().lower() in MISSING
        value = None if missing else read(cell.strip())
        if value is None and not missing:
            raise UserError(f"{path}, row {int(str(row)) + 1}: {name} = {brief(cell)}: {accepted} is needed.")
        values[cell] = math.nan if missing else value
    return pd.Series([values.get(cell, math.nan) for cell in cells], cells.index, dtype=None if len(cells) else object)


def is_further_score(name: str) -> bool:
    """Whether the column called so is a score that ``benchmark.columns`` does not know, or a reader's own."""
    return name not in BY_NAME and not is_hyperparameter(name)


def holds_words(cells: pd.Series) -> bool:
    """Whether a column holds texts and no number, not even one with a comma: a reader's own notes."""
    found = cells.dropna().str.strip()
    return not found.str.replace(",", ".").map(as_number).notna().any() and not found.str.lower().isin(MISSING).all()


def as_number(text: str) -> float | None:
    """The number that the text is; it may be infinite."""
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?inf(inity)?", text, re.ASCII | re.IGNORECASE):
        return None
    return float(text)


def as_finite(text: str) -> float | None:
    """The finite number that the text is."""
    value = as_number(text)
    return value if value is not None and math.isfinite(value) else None


def as_whole(text: str) -> int | None:
    """The whole number of 0 or more that the text is; one is written 1.0 where others of the column were missing."""
    value = as_finite(text)
    return int(value) if value is not None and value == int(value) and 0 <= value < 2**53 else None


def as_switch(text: str) -> bool | None:
    """Whether the text says True or False, in any case; 1 and 0 say so too."""
    return {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}.get(text.lower())


def as_setting(text: str) -> float | bool | None:
    """A hyperparameter's value: a finite number, or True or False; a whole number without a point is an int."""
    if text.lower() in ("true", "false"):
        return as_switch(text)
    value = as_finite(text)
    return int(text) if value is not None and re.fullmatch(r"[-+]?\d{1,15}", text) else value


def reader_of(name: str) -> tuple[Callable[[str], Any], str]:
    """What reads a cell of the column, and returns None where it cannot; and what it accepts."""
    kinds: dict[str, tuple[Callable[[str], Any], str]] = {
        "number": (as_finite, "a finite number, with a point,"),
        "whole number": (as_whole, "a whole number of 0 or more"),
        "yes or no": (as_switch, "True or False"),
    }
    if not is_hyperparameter(name):
        unlimited = name in VALUES or is_further_score(name)  # a score of what diverged
        return (as_number, "a number, with a point,") if unlimited else kinds[column(name).type]
    domain = DOMAINS.get(name.removeprefix(HYPERPARAMETER))  # a loss's own are checked where the loss is known
    if domain is None:
        return as_setting, "a finite number, with a point, or True or False"
    read, _ = kinds[domain.kind]
    return lambda text: value if (value := read(text)) in domain else None, str(domain)
