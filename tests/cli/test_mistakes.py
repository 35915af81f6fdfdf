"""What is mistyped is told at once: before torch is loaded, which takes seconds, and other libraries that draw and compute.

It mirrors no module.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = ("torch", "torchvision", "scipy", "matplotlib", "submitit")
MISTAKES = (
    "bench --loss lsgann",
    "bench --loss lsgan,wgam",
    "bench --loss none.py",
    "bench --dataset mnisst",
    "bench --dataset none.py",
    "bench --dataset no/folder",
    "bench --budget qick",
    "bench --extractor layerz",
    "bench --hyperparameters tund",
    "bench --seeds none",
    "bench --sneeds 3",
    "check none.py",
    "check none.toml",
    "check no/folder",
    "check FOLDER/images.csv",
    "check quik",
    "plan quik",
    "plan none.toml",
    "plan FOLDER/loss.toml",
    "run quik",
    "run none.toml",
    "run FOLDER/loss.toml",
    "run FOLDER/metric.toml",
    "status none.toml",
    "collect quik",
    "clean quik",
    "rescore quik",
    "rescore quick --metrics fidd",
    "rescore quick --extractor layerz",
    "reproduce none.toml",
    "restore none.toml",
    "measure --loss lsgann",
    "score images --dataset mnisst",
    "score images --metrics fidd",
    "score images --extractor layerz",
    "train-extractor --extractor layerz",
    "figures none.csv --out out",
    "tables none.csv --out out",
    "report none.csv",
    "compare none.csv --loss lsgan --margin 1",
    "bensh",
)
TRIED = """
import json, sys
from typer.testing import CliRunner
from benchmark.cli import app
slow, *mistakes = map(json.loads, sys.argv[1:])
for words in mistakes:
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, SystemExit) and result.exit_code == 2, (words, result.output, result.exception)
    assert result.stderr and not result.stdout.strip(), words
    loaded = [name for name in slow if name in sys.modules]
    assert not loaded, (words, loaded)
"""


@pytest.mark.slow
def test_mistakes_are_told_before_anything_slow_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "images.csv").touch()
    (tmp_path / "loss.toml").write_text('losses = ["lsgann"]\n')
    (tmp_path / "metric.toml").write_text('losses = ["lsgan"]\nmetrics = ["fidd"]\n')
    words = [json.dumps(mistake.replace("FOLDER", str(tmp_path)).split()) for mistake in MISTAKES]
    command = [sys.executable, "-c", TRIED, json.dumps(SLOW), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
