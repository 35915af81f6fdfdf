"""TensorBoard logs: every scalar of every step once, the scores and the samples, also of a run that was killed."""

from __future__ import annotations

import builtins
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.tiny_study import Killed, Recorder, run, trials

from benchmark.plugins import UserError
from benchmark.study.running import population_run
from benchmark.study.running.contexts import TrialContext
from benchmark.study.running.tensorboard import require_tensorboard


def test_every_step_is_logged_once_though_the_run_was_killed(
    context: TrialContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setattr("benchmark.training.trainer.CHUNK", 3)
    monkeypatch.setattr(population_run, "CHECKPOINT_SECONDS", 0.0)
    context = replace(context, tensorboard=tmp_path / "logs")
    with pytest.raises(Killed):
        run(trials(1), context, Recorder(12))  # in the chunk before the last evaluation
    run(trials(1), context)
    (folder,) = (tmp_path / "logs").iterdir()
    log = EventAccumulator(str(folder))
    log.Reload()
    result = context.store.result(trials(1)[0])
    assert result is not None
    assert [e.step for e in log.Scalars("training/discriminator")] == list(range(1, 13))
    scores = [(e.step, e.value) for e in log.Scalars("score/fid_pixels")]
    assert scores == [(row["step"], pytest.approx(row["fid_pixels"], rel=1e-6)) for row in result.scores]
    assert [e.step for e in log.Images("samples")] == [6, 12]


def test_without_the_package_logs_are_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith(("torch.utils.tensorboard", "tensorboard")):
            raise ImportError(f"No module named {name!r}")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match="pip install tensorboard"):
        require_tensorboard()
