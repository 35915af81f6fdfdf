"""Study files of a few lines."""

from __future__ import annotations

from pathlib import Path

from benchmark.study.planning.studyfile import read_study
from benchmark.study.study import Study


def study(folder: Path, text: str, name: str = "mine.toml") -> Study:
    """The study that a file of this text and name in the folder describes."""
    (folder / name).write_text(text)
    return read_study(folder / name)
