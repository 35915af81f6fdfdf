"""A user's own file that ends the program, wherever it does so."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import ganbench
from support.own_files import HINGE

import benchmark

FAST = ["--dataset", "ring", "--budget", "smoke", "--seeds", "1"]
LATER = """calls.append(1)
        if len(calls) > 5:
            raise SystemExit(0)
        return -fake"""


def ending(folder: Path, code: str) -> Path:
    path = folder / "ends.py"
    path.write_text(code)
    return path


@pytest.mark.parametrize(
    "code",
    [
        HINGE + "\nimport sys\nsys.exit(0)\n",
        HINGE.replace("return -fake", "raise SystemExit(0); return -fake"),
        HINGE + "\n    def networks(self, architecture):\n        raise SystemExit(0)\n",
    ],
    ids=["the file itself", "a step", "its networks"],
)
def test_the_command_ends_with_two_and_names_the_file_before_anything_is_trained(tmp_path: Path, code: str) -> None:
    path = ending(tmp_path, code)
    status, _, err = ganbench("bench", "--loss", path, *FAST, "--results", tmp_path / "results", "--data", tmp_path)
    assert status == 2 and f"{path}, line" in err and len(err.splitlines()) <= 2
    assert not list((tmp_path / "results").rglob("trials.csv"))


def test_a_trial_that_ends_the_program_while_it_trains_is_a_failed_one(tmp_path: Path) -> None:
    path = ending(tmp_path, "calls = []\n" + HINGE.replace("return -fake", LATER))
    table = benchmark.bench(str(path), dataset="ring", budget="smoke", seeds=1, results=tmp_path / "results", data=tmp_path)
    assert table["status"].tolist() == ["failed"] and f"{path}, line" in table["reason"].iloc[0]
