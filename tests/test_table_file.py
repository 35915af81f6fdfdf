"""A table that a spreadsheet, or whoever it was, saved again: a cell is what its column is, or the table is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmark.plugins import UserError
from benchmark.table_file import read_table

HEADER = "id,loss,dataset,seed,width,status,best,compiled,f1,h_learning_rate,h_disc_iters,h_discriminator_batch_norm,h_own"
ROW = "01,lsgan,mnist,0,0.25,ok,5.5,True,0.5,0.0002,5,True,1"


def written(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "trials.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def with_cell(column: str, cell: str, row: str = ROW) -> str:
    cells = row.split(",")
    cells[HEADER.split(",").index(column)] = f'"{cell}"'
    return ",".join(cells)


def told(path: Path) -> str:
    with pytest.raises(UserError) as raised:
        read_table(path)
    assert len(str(raised.value).splitlines()) <= 2
    return str(raised.value)


def test_every_cell_is_what_its_column_is(tmp_path: Path) -> None:
    empty = ",".join(["02", "7", "8", *[""] * 10])
    diverged = with_cell("best", "inf", with_cell("f1", "NaN"))
    read = read_table(written(tmp_path, ROW, empty, diverged))
    assert read.iloc[0].tolist() == ["01", "lsgan", "mnist", 0, 0.25, "ok", 5.5, True, 0.5, 0.0002, 5, True, 1]
    assert read.iloc[1].tolist()[:3] == ["02", "7", "8"] and read.iloc[1, 3:].isna().all()
    assert read["best"].tolist()[2] == float("inf") and pd.isna(read["f1"].iloc[2])
    whole = read_table(written(tmp_path, ROW))
    kinds = whole.drop(columns=["id", "loss", "dataset", "status"]).dtypes
    assert " ".join(kinds.astype(str)) == "int64 float64 float64 bool float64 float64 int64 bool int64"


@pytest.mark.parametrize(
    ("column", "cell", "accepted"),
    [
        ("h_discriminator_batch_norm", "WAHR", "true or false"),
        ("h_discriminator_batch_norm", "2", "true or false"),
        ("h_disc_iters", "1.7", "a whole number of 1 or more"),
        ("h_disc_iters", "0", "a whole number of 1 or more"),
        ("h_disc_iters", "True", "a whole number of 1 or more"),
        ("h_learning_rate", "0", "a number above 0"),
        ("h_learning_rate", "0,0002", "a number above 0"),
        ("h_learning_rate", "inf", "a number above 0"),
        ("h_learning_rate", "1e400", "a number above 0"),
        ("h_own", "good", "a finite number, with a point, or True or False"),
        ("h_own", "1_000", "a finite number, with a point, or True or False"),
        ("h_own", "inf", "a finite number, with a point, or True or False"),
        ("best", "5,5", "a number, with a point,"),
        ("best", "good", "a number, with a point,"),
        ("f1", "0,5", "a number, with a point,"),
        ("width", "inf", "a finite number, with a point,"),
        ("seed", "1.7", "a whole number of 0 or more"),
        ("seed", "-1", "a whole number of 0 or more"),
        ("seed", "1e300", "a whole number of 0 or more"),
        ("compiled", "FALSCH", "True or False"),
    ],
)
def test_what_no_cell_of_the_column_can_be_is_refused_with_row_column_and_value(
    tmp_path: Path, column: str, cell: str, accepted: str
) -> None:
    path = written(tmp_path, ROW, with_cell(column, cell))
    assert told(path) == f"{path}, row 3: {column} = {cell!r}: {accepted} is needed."


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("h_discriminator_batch_norm", "FALSE", False),
        ("h_discriminator_batch_norm", "0", False),
        ("h_discriminator_batch_norm", "1.0", True),
        ("h_disc_iters", "5.0", 5),
        ("h_own", "true", True),
        ("h_own", " -1.5E-3 ", -0.0015),
        ("seed", "3.0", 3),
        ("best", ".5", 0.5),
    ],
)
def test_other_ways_to_write_the_same_are_read(tmp_path: Path, column: str, cell: str, value: object) -> None:
    read = read_table(written(tmp_path, with_cell(column, cell)))[column].iloc[0]
    assert read == value and (type(read).__name__.rstrip("_") == "bool") == isinstance(value, bool)


def test_empty_rows_and_columns_do_not_count_but_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, f"{ROW},,", "," * 14, "", f"{ROW},,", "," * 14, header=f"{HEADER},,")
    read = read_table(path)
    assert read.index.tolist() == [1, 4] and read.columns.tolist() == HEADER.split(",")
    path = written(tmp_path, ROW, "," * 12, with_cell("seed", "x"))
    assert "row 4: seed = 'x'" in told(path)


def test_a_reader_s_own_column_of_words_stays(tmp_path: Path) -> None:
    read = read_table(written(tmp_path, f"{ROW},good,", f"{ROW},,", header=f"{HEADER},note,later"))
    assert read["note"].tolist()[0] == "good" and read["later"].isna().all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEADER.replace(",", ";").encode(), "semicolons separate its columns"),
        (HEADER.replace(",", "\t").encode(), "tabs separate its columns"),
        (HEADER.encode("utf-16"), "it is text in UTF-16"),
        (f"{HEADER}\n{ROW.replace('mnist', 'Ziffern-Größe')}".encode("latin-1"), "Save it as CSV with commas, in UTF-8"),
        (b"PK\x03\x04" + bytes(20), "it is a spreadsheet's own file"),
        (f"{HEADER},id\n{ROW},1".encode(), "the column id is there twice"),
        (f"{HEADER}\n{ROW},1,2,3\n".encode(), "is not a table of trials"),
    ],
)
def test_files_that_are_no_csv_in_utf_8_are_named_as_what_they_are(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "trials.csv").write_bytes(content)
    message = told(tmp_path / "trials.csv")
    assert message.startswith(f"{tmp_path / 'trials.csv'} is not a table of trials: ") and said in message


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, ROW, encoding="utf-8-sig")).columns[0] == "id"
