"""Studies from the command line: what failed stays so until a run is asked to retry it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from support.command_line import ganbench
from support.own_files import HINGE


@pytest.mark.slow
def test_failed_trials_run_again_on_request_alone(tmp_path: Path) -> None:
    (broken := tmp_path / "broken").touch()
    fails = (
        f"        if len(real) > 4 and __import__('os').path.exists({str(broken)!r}):\n            raise ValueError('broken')\n"
    )
    text = HINGE.replace("        return relu", fails + "        return relu", 1)  # the rehearsal has a batch of 4
    (tmp_path / "hinge.py").write_text(text)
    (tmp_path / "mine.toml").write_text(
        'losses = ["hinge.py"]\ndatasets = ["ring"]\nmetrics = ["modes"]\nbudget = { preset = "smoke", steps = 4 }\n'
    )
    folders = ("--results", tmp_path / "results", "--data", tmp_path / "data")
    run = ("run", tmp_path / "mine.toml", "--executor", "inline", "--no-compile", *folders)

    def status() -> list[str]:
        return pd.read_csv(tmp_path / "results" / "studies" / "mine" / "trials.csv")["status"].tolist()

    code, out, _ = ganbench(*run)
    assert code == 1 and status() == ["failed"] and "--retry-failed" in out
    broken.unlink()
    assert ganbench(*run)[0] == 1 and status() == ["failed"]
    assert ganbench(*run, "--retry-failed")[0] == 0 and status() == ["ok"]
