"""A kept plan gives the trials that planning gives, and only to whoever asks for that very plan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.plan_cache import read_planned, read_trials, write_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.store import Store


@pytest.mark.parametrize("name", ["quick", "wide", "polygons", "rmsprop-vs-adam"])
def test_the_kept_trials_are_the_planned_ones(name: str, tmp_path: Path) -> None:
    plan = make_plan(find_study(name), Store(tmp_path))
    planned = plan.trials
    write_plan(tmp_path / "plan.json", "key", planned, plan.names)
    found = read_trials(tmp_path / "plan.json", "key")
    assert found is not None
    kept, names = found
    assert names == plan.names and names.losses["wgan"] == "WGAN"
    assert [t.id for t in kept] == [t.id for t in planned]
    assert [vars(k) for k in kept] == [vars(p) for p in planned]
    brief = read_planned(tmp_path / "plan.json", "key")
    assert brief == ([(t.id, t.loss, t.dataset, t.budget.steps) for t in planned], plan.names)


def test_another_key_or_a_damaged_file_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan = make_plan(find_study("quick"), Store(tmp_path))
    write_plan(path, "key", plan.trials, plan.names)
    for read in (read_planned, read_trials):
        assert read(path, "other") is None and read(tmp_path / "missing.json", "key") is None
    path.write_bytes(path.read_bytes()[:1000])
    assert read_planned(path, "key") is None and read_trials(path, "key") is None


WITHOUT_TORCH = """
import sys
from typer.testing import CliRunner
from benchmark.cli import app
for command in ("status", "collect", "clean"):
    result = CliRunner().invoke(app, [command, "quick", "--results", sys.argv[1]])
    assert result.exit_code == 0, result.output
assert "torch" not in sys.modules
"""


def test_what_reads_results_of_a_planned_study_loads_no_torch(tmp_path: Path) -> None:
    for script in (
        "from benchmark.cli import app; app(['plan', 'quick', '--results', __import__('sys').argv[1]])",
        WITHOUT_TORCH,
    ):
        done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
