"""The progress display counts what is done and what is left."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmark.losses import find_loss
from benchmark.progress import LiveProgress
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget("tiny", steps=100, batch=8, width=1 / 16, evaluations=1, images=10)


def trials(count: int) -> list[Trial]:
    return [Trial("lsgan", "noise", dict(find_loss("lsgan").defaults), seed, BUDGET, "fid_x@0") for seed in range(count)]


def test_a_log_file_gets_lines_with_trials_rate_losses_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    output = io.StringIO()
    planned = trials(3)
    with LiveProgress(planned, planned[1:], Console(file=output, width=200)) as progress:
        progress.began(planned[1:2], 0)
        clock[0] = 20.0
        progress.advanced(planned[1:2], 50, {"discriminator": 0.25})
        progress.advanced(planned[1:2], 50, {"discriminator": 0.2})
        progress.ended(planned[1], "ok", 12.345)
        progress.began(planned[2:], 40)  # continues from a checkpoint: 60 steps are left
        progress.ended(planned[2], "diverged", None)
    text = output.getvalue()
    assert "1 of 3 trials were done before" in text
    # 50 steps in 20 s, 150 left.
    assert "1/3 trials · lsgan seed 1 · 2 steps/s · discriminator 0.25 · 1.0 min left" in text
    assert text.count("min left") == 1
    assert "lsgan seed 1: fid_x 12.35" in text
    assert "lsgan seed 2: diverged" in text
