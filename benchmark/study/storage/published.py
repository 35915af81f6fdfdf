"""Checks whether the table in a study's folder belongs to this study, or to another one of the same name."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from benchmark.files import NotAFile, read_plain
from benchmark.plugins import UserError
from benchmark.study.storage.store import read_json
from benchmark.study.study import Study

Rows = dict[str, dict[str, str]]
"""Rows of a table as text, by the ids of their trials."""


def require_own_table(study: Study, planned: Collection[str], folder: Path, *, cut: bool = False) -> None:
    """Checks that a table of the study may replace the one in the folder, if there is one.

    It may if the study is the same except for its description, or if it has all trials of that table and perhaps more.

    Args:
        planned: the ids of the study's trials.
        cut: whether it may also if all the study's trials are in that table, which may have more.

    Raises:
        UserError: the table is of another study.
    """
    others = rows_of_others(study, planned, folder)
    if not others or (cut and set(planned) <= published_rows(folder).keys()):
        return
    row = next(iter(others.values()))
    first = " ".join(f"{name} {row[name]}" for name in ("loss", "dataset", "sample", "seed") if row.get(name))
    raise UserError(
        f"{folder} holds the table of another study called {study.name}: {len(others)} of its trials are not among this "
        f"one's ({first}).\nAnother file has this name, or this one has changed (its losses, ranges, budget, seeds). "
        "Rename this study, which keeps its trials, or name another --results."
    )


def rows_of_others(study: Study, planned: Collection[str], folder: Path) -> Rows:
    """The rows of the folder's table that belong to another study; none if the table is this study's."""
    said = read_json(folder / "provenance.json")
    if isinstance(said, dict) and said.get("study_hash") in hashes(study):
        return {}
    own = set(planned)
    return {name: row for name, row in published_rows(folder).items() if name not in own}


def hashes(study: Study) -> list[str]:
    """The hashes that count as this study's: its source's ``incomplete`` may be true or false, which does not matter here."""
    if study.source is None:
        return [study.hash]
    return [replace(study, source=replace(study.source, incomplete=incomplete)).hash for incomplete in (False, True)]


def published_rows(folder: Path) -> Rows:
    """The rows of the table in the folder; none if there is no table that can be read."""
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError, NotAFile, ValueError, csv.Error):
        text = read_plain(folder / "trials.csv").decode("utf-8-sig")
        return {name: row for row in csv.DictReader(io.StringIO(text, newline="")) if (name := row.get("id"))}
    return {}
