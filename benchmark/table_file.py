"""Checks a table of trials, from a CSV file or from Python: a cell that does not fit its column is refused by name."""

from __future__ import annotations

import codecs
import io
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.columns import BY_NAME, HYPERPARAMETER, REQUIRED, STATUSES, VALUES, column, is_hyperparameter, require
from benchmark.files import NotAFile, read_plain
from benchmark.hyperparameters import DOMAINS, Domain
from benchmark.plugins import UserError, one_line
from benchmark.validation import brief

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SPREADSHEET = b"PK"  # .xlsx and .ods are zip archives
SEPARATORS = {";": "semicolons", "\t": "tabs"}
MISSING = ("nan", "na", "n/a")
"""What other programs write for a missing number, in upper or lower case; an empty cell is missing in every column."""
SWITCHES = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
ACCEPTED: dict[str, tuple[str, tuple[Domain, ...]]] = {
    "score": ("a number, with a point,", ()),  # also an infinite one, for diverged trials
    "number": ("a finite number, with a point,", (Domain(),)),
    "whole number": ("a whole number of 0 or more", (Domain("whole number", least=0, below=2**53),)),
    "yes or no": ("True or False", (Domain("yes or no"),)),
    "setting": ("a finite number, with a point, or True or False", (Domain(), Domain("yes or no"))),
}
"""What the columns of each kind accept, in words and as domains."""


def read_table(path: Path) -> pd.DataFrame:
    """The table in a CSV file. Columns of text stay text, also if a cell looks like a number.

    Empty rows are left out, but counted: the index starts from 1, so that index + 1 is the row in a spreadsheet, where the
    header is row 1.

    Raises:
        UserError: there is no such file, it is not CSV, or a cell does not fit its column.
    """
    return typed(read_cells(path), str(path))


def typed(table: pd.DataFrame, source: str = "the table") -> pd.DataFrame:
    """The table with every cell in its column's type; cells may be texts or have that type already.

    Whole numbers are int64 if none is missing. A column that ``benchmark.columns`` does not know and that holds no number is
    a reader's own and stays text.

    Raises:
        UserError: a cell does not fit its column; the message names row, column and value.
    """
    return pd.DataFrame({name: values_of(table[name], source) for name in table}, table.index)


def require_trials(table: pd.DataFrame, source: str = "the table") -> None:
    """Checks that a typed table is one of trials.

    Raises:
        UserError: it has no row, or a column or value that each trial needs is missing, or a trial is there twice.
    """
    require(table, *REQUIRED, source=source)
    if table.empty:
        raise UserError(f"{source} has no trials, only a header.")
    for name in ("loss", "dataset", "status", "score", *(c for c in ("id", "sample", "seed") if c in table)):
        if len(empty := table.index[table[name].isna()]):
            raise UserError(f"{source}, row {empty[0] + 1}: {name} is empty.")
    if len(other := table["status"][~table["status"].isin(STATUSES)]):
        raise UserError(f"{source}, row {other.index[0] + 1}: status = {other.iloc[0]!r}: {', '.join(STATUSES)} are known.")
    finished = table.loc[table["status"] == "ok", "best"]
    if len(wrong := finished[~np.isfinite(finished)]):
        raise UserError(f"{source}, row {wrong.index[0] + 1}: the status is ok, but best has no finite score.")
    if "id" in table and table["id"].duplicated().any():
        raise UserError(f"{source}: the trial {table.loc[table['id'].duplicated(), 'id'].iloc[0]} is there twice.")


def read_cells(path: Path) -> pd.DataFrame:
    """The file's cells as text, empty ones missing."""
    try:
        rows = pd.read_csv(
            io.StringIO(read_text(path)),
            header=None,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
        )
    except ValueError as error:  # pandas' parser errors are ValueErrors, too
        raise no_table(path, one_line(error)) from None
    names, cells = rows.iloc[0], rows.iloc[1:]
    cells = cells.loc[cells.notna().any(axis=1), names.notna()].set_axis(names.dropna().str.strip(), axis=1)
    if cells.columns.has_duplicates:
        raise no_table(path, f"the column {cells.columns[cells.columns.duplicated()][0]} is there twice")
    return cells.rename_axis(columns=None)


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
    """The error for a file that cannot be read as a table."""
    return UserError(f"{path} is not a table of trials: {why}.")


def values_of(cells: pd.Series, source: str) -> pd.Series:
    """The values of a column's cells, in the column's type.

    Raises:
        UserError: a cell does not fit the column.
    """
    name = str(cells.name)
    own = name not in BY_NAME and not is_hyperparameter(name)  # a further score, or a reader's
    kind: str = "score" if own or name in VALUES else column(name).type
    if kind == "text" or (own and holds_words(cells)):
        return cells
    if is_hyperparameter(name):  # a loss's own are checked where the loss is known
        domain = DOMAINS.get(name.removeprefix(HYPERPARAMETER))
        kind = domain.kind if domain else "setting"
        needed, domains = (str(domain), (domain,)) if domain else ACCEPTED[kind]
    else:
        needed, domains = ACCEPTED[kind]
    said = cells if cells.dtype.kind in "if" and kind != "yes or no" else cells.astype("str").str.strip().str.lower()
    said = said.mask(said.isin(MISSING))
    values, switches = pd.to_numeric(said, errors="coerce"), said.map(SWITCHES)
    if kind in ("yes or no", "setting"):
        values = (values if kind == "setting" else switches).astype(object).fillna(switches).infer_objects()
    possible = [v for v in values.dropna().unique().tolist() if not domains or any(_whole(v) in d for d in domains)]
    if (wrong := said.notna() & ~values.isin(possible)).any():
        row, cell = wrong.idxmax(), cells[wrong].tolist()[0]
        raise UserError(f"{source}, row {int(str(row)) + 1}: {name} = {brief(cell)}: {needed} is needed.")
    return values.astype("int64") if kind == "whole number" and values.notna().all() else values


def _whole(value: float) -> float:
    """A whole number as an int, which domains of whole numbers need; anything else unchanged."""
    return value if isinstance(value, bool) or value % 1 else int(value)


def holds_words(cells: pd.Series) -> bool:
    """Whether a column has texts only, such as a reader's own notes, and no number, not even one with a comma."""
    found = cells.dropna().astype("str").str.strip()
    numbers = pd.to_numeric(found.str.replace(",", "."), errors="coerce")
    return not numbers.notna().any() and not found.str.lower().isin(MISSING).all()
