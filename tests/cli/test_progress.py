"""The progress display counts what is done and what is left."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmark.cli.progress import LiveProgress, Pace, time_text
from benchmark.study.storage.leases import acquire
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.status import study_status
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="tiny", steps=100, batch=8, width=1 / 16, evaluations=1, images=10)


def trials(count: int) -> list[Trial]:
    return [
        Trial(
            loss="lsgan",
            dataset="noise",
            setting={},
            seed=seed,
            budget=BUDGET,
            metrics=("fid_x",),
        )
        for seed in range(count)
    ]


def ended(status: str, *scores: float) -> Result:
    return Result(status=status, step=100, seconds=1.0, scores=[{"step": 100.0, "fid_x": s} for s in scores], environment={})  # type: ignore[arg-type]


def test_a_log_file_gets_lines_with_trials_rate_losses_and_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.cli.progress.LOOK_SECONDS", 3600.0)  # looks when the test says so
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    output, planned, store = io.StringIO(), trials(3), Store(tmp_path)
    store.finish(planned[0], ended("ok", 1.0))
    with LiveProgress(planned, Names(), store, Console(file=output, width=200)) as progress:
        theirs = acquire(store.running, "population", trials=[planned[1].id], title=Names().title(planned[1]))
        assert theirs is not None
        clock[0] = 100.0  # the start takes its time
        progress.look()
        clock[0] = 120.0
        theirs.update(step=50, losses={"discriminator": 0.25})
        progress.look()
        clock[0] = 121.0
        theirs.update(step=100, note="its checkpoint is damaged")
        progress.look()
        progress.look()
        store.finish(planned[1], ended("ok", 12.345, 13.0))
        theirs.finish()
        progress.look()
        store.finish(planned[2], ended("diverged"))
    text = output.getvalue()
    assert "1 of 3 trials" in text
    # 50 steps in 20 s, 150 left.
    assert "1/3 trials · lsgan on noise seed 1 · 2 steps/s · discriminator 0.25 · 1.0 min left" in text
    assert text.count("min left") == 1
    assert text.count("its checkpoint is damaged") == 1
    assert "lsgan on noise seed 1: fid_x 12.35" in text or "lsgan on noise seed 1: fid_x 12.34" in text
    assert "lsgan on noise seed 2: diverged" in text  # seen by the last look, after the run


def test_a_line_before_any_loss_is_known_has_no_empty_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.cli.progress.LOOK_SECONDS", 3600.0)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    output, planned, store = io.StringIO(), trials(1), Store(tmp_path)
    with LiveProgress(planned, Names(), store, Console(file=output, width=200)) as progress:
        theirs = acquire(store.running, "population", trials=[planned[0].id], title="lsgan")
        assert theirs is not None
        for clock[0], step in ((100.0, 0), (120.0, 50)):
            theirs.update(step=step)
            progress.look()
        theirs.finish()
    assert output.getvalue().splitlines() == ["0/1 trial · lsgan · 2 steps/s · 0.3 min left"]


def test_the_time_left_goes_by_what_was_done_lately() -> None:
    pace = Pace()
    assert pace.rate is None
    for now, steps in ((0, 300), (100, 300), (105, 310)):  # a start of 100 s, whose time does not count
        pace.observe(now, steps)
    assert pace.rate is None  # five seconds say little
    pace.observe(120, 500)
    assert pace.rate == 10
    for now in range(130, 1200, 10):  # then half as fast, from 120 on
        pace.observe(now, 500 + 5 * (now - 120))
    assert pace.rate == pytest.approx(5)


def test_long_times_are_told_in_hours() -> None:
    assert [time_text(s) for s in (30, 90 * 60, 90 * 60 + 1, 36_000)] == ["0.5 min", "90.0 min", "1.5 h", "10.0 h"]


def test_many_workers_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    planned, store = trials(3), Store(tmp_path)
    held = [acquire(store.running, t.id, trials=[t.id], title=Names().title(t)) for t in planned[:2]]
    progress = LiveProgress(planned, Names(), store, Console(file=io.StringIO(), width=200))
    now = study_status(progress.planned, store)
    assert progress.headline(now) in {f"0/3 trials · lsgan on noise seed {seed} and 1 more" for seed in (0, 1)}
    for mine in held:
        assert mine is not None
        mine.finish()
