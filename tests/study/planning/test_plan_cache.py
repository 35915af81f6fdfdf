"""A kept plan gives the trials that planning gives, and only to whoever asks for that very plan."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from support.synthetic_trials import study

from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.plan_cache import read_plan, read_planned, write_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.status import planned_trial
from benchmark.study.storage.store import Store

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["quick", "wide", "polygons", "rmsprop-vs-adam"])
def test_the_kept_trials_are_the_planned_ones(name: str, tmp_path: Path) -> None:
    study = find_study(name)
    plan = make_plan(study, Store(tmp_path))
    write_plan(tmp_path / "plan.json", "key", plan, ["said"])
    kept = read_plan(tmp_path / "plan.json", "key", study)
    assert kept is not None
    assert kept.names == plan.names and kept.names.losses["wgan"] == "WGAN"
    assert kept.image_shapes == plan.image_shapes and kept.notes == ["said"] and kept.ranges == plan.ranges
    assert [t.id for t in kept.trials] == [t.id for t in plan.trials]
    assert [vars(k) for k in kept.trials] == [vars(p) for p in plan.trials]
    brief = read_planned(tmp_path / "plan.json", "key")
    assert brief == ([planned_trial(t, plan.names) for t in plan.trials], plan.names)


def test_another_key_or_a_damaged_file_is_no_plan(tmp_path: Path) -> None:
    path, study = tmp_path / "plan.json", find_study("quick")
    write_plan(path, "key", make_plan(study, Store(tmp_path)), [])
    for name, key in ((path, "other"), (tmp_path / "missing.json", "key")):
        assert read_planned(name, key) is None and read_plan(name, key, study) is None
    whole = json.loads(path.read_bytes())
    for change in ({"kinds": None}, {"kinds": [[1]]}, {"trials": [["a"]]}, {"trials": [["a", 99, 0, 0, {}]]}, {"names": 3}):
        path.write_text(json.dumps({**whole, **change}))
        assert read_planned(path, "key") is None and read_plan(path, "key", study) is None
    path.write_bytes(json.dumps(whole).encode()[:1000])
    assert read_planned(path, "key") is None and read_plan(path, "key", study) is None


WITHOUT_TORCH = """
import sys
from typer.testing import CliRunner
from benchmark.cli import app
for command in sys.argv[1:]:
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 0, result.output
assert "torch" not in sys.modules, command
"""


def test_what_needs_no_torch_loads_none(tmp_path: Path) -> None:
    def without_torch(*commands: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *commands], capture_output=True, text=True)

    kept = [f"{command} quick --results {tmp_path}" for command in ("plan", "status", "collect", "clean")]
    first, *_ = kept
    assert "AssertionError: plan" in without_torch(first).stderr, "planning needs the losses"
    table = study(1, 3, losses=("lsgan", "wgan"), diverged=0, failed=0).assign(picture="samples.png")
    table.to_csv(tmp_path / "trials.csv", index=False)
    Image.new("L", (8, 8)).save(tmp_path / "samples.png")
    drawn = [f"{command} {tmp_path} --out {tmp_path / command}" for command in ("tables", "figures")]
    drawn += [f"report {tmp_path} --out {tmp_path}/report.html", f"compare {tmp_path} --loss lsgan --margin 1"]
    done = without_torch("--help", "list", *kept, *drawn)
    assert done.returncode == 0, done.stderr
