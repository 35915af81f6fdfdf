"""The check of a device beside the processor, and the measurement of how it trains fastest, on the processor itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from benchmark.cli import app
from benchmark.losses import find_loss
from benchmark.losses.nsgan import NSGAN
from benchmark.speed import gpu
from benchmark.speed.gpu import TOLERANCE, Check, check, measure_ways, trainer_of, ways
from benchmark.study.planning.fastest import MEASURED, read_measured
from benchmark.training.draws import Epochs

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
SHAPES = [(1, 28, 28), (3, 32, 32)]
WIDTH = 1 / 16
EAGER = {"channels": 1, "side": 28, "population": 2, "mode": "eager"}


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check and a measurement of fewer steps than a device deserves."""
    monkeypatch.setattr(gpu, "STEPS", 6)
    monkeypatch.setattr(gpu, "BLOCK", 2)


def test_the_processor_agrees_with_itself() -> None:
    found = check(find_loss("dragan")(), CPU, width=WIDTH)  # the loss with most draws
    assert found.difference == 0 and found.resumed
    assert found.population < TOLERANCE < found.seeds and found.passed


def test_a_resumed_run_that_sees_other_images_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Epochs, "set_state", lambda self, state: None)  # the order of the images begins anew
    found = check(NSGAN(), CPU, width=WIDTH)
    assert not found.resumed and not found.passed


@pytest.mark.parametrize(("difference", "population"), [(1.01, 0.0), (0.0, 1.01), (float("nan"), 0.0)])
def test_a_device_that_draws_other_images_fails(difference: float, population: float) -> None:
    assert not Check("NS GAN", difference, population, 7.0, True).passed
    assert Check("NS GAN", 0.99, 0.99, 7.0, True).passed


def test_every_way_of_computing_trains_the_same() -> None:
    def drawn(**how: Any) -> Tensor:
        trainer = trainer_of(NSGAN(), (1, 28, 28), CPU, [0, 1], width=WIDTH, **how)
        for _ in trainer.advance(4):
            pass
        return torch.cat([weights["fc1.weight"].flatten() for weights in trainer.state.parameters.values()])

    # Four steps move a weight by up to 4 x 5e-5; where its gradient is nearly 0, rounding decides in which direction.
    assert (drawn(compiled=True, graphs=True) - drawn()).abs().mean() < 1e-6


def test_ways_are_every_population_and_mode() -> None:
    found = [tuple(way.values()) for way in ways(SHAPES)]
    assert len(found) == len(set(found)) == 2 * 4 * 3


def measured_with(
    monkeypatch: pytest.MonkeyPatch, measured: Callable[..., dict[str, Any]], **options: Any
) -> tuple[Any, list[str]]:
    """The last table of ``measure_ways`` of two ways, and what it said."""
    monkeypatch.setattr(gpu, "ways", lambda shapes: [EAGER, EAGER | {"population": 4}])
    monkeypatch.setattr(gpu, "measured", measured)
    said: list[str] = []
    options = {"known": read_measured(Path("none")), "deadline": time.monotonic() + 1000} | options
    tables = list(measure_ways(options.pop("known"), SHAPES, CPU, width=WIDTH, report=said.append, **options))
    return tables[-1] if tables else None, said


def test_a_second_measurement_goes_on_where_the_time_was_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    numbers = {"trial_steps_per_second": 5.0, "memory_gb": 1.0, "note": ""}
    none, said = measured_with(monkeypatch, lambda *_: numbers, deadline=0.0)
    assert none is None and len(said) == 1 and "2 ways" in said[0]
    first, said = measured_with(monkeypatch, lambda way, *_: numbers if way["population"] == 2 else numbers | FULL)
    assert [line.partition(": ")[2].partition(" trial")[0] for line in said] == ["5", "CUDA out of memory"]
    (tmp_path / "table.csv").write_text(first.to_csv(index=False))
    known = read_measured(tmp_path / "table.csv")
    assert [*known] == [*MEASURED] and known["population"].tolist() == [2, 4]
    assert measured_with(monkeypatch, lambda *_: pytest.fail("measured twice"), known=known) == (None, [])


FULL = {"trial_steps_per_second": np.nan, "memory_gb": np.nan, "note": "CUDA out of memory"}


def test_memory_that_does_not_suffice_is_a_note_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(gpu, "trainer_of", full)
    assert gpu.measured(EAGER, CPU, WIDTH)["note"] == "CUDA out of memory"


def test_the_command_checks_measures_and_says_what_the_searches_cost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpu, "ways", lambda shapes: [EAGER, EAGER | {"channels": 3, "side": 32}])
    monkeypatch.setattr("benchmark.losses.paper_losses", lambda: {"nsgan": NSGAN})
    command = ["gpu", "--device", "cpu", "--width", str(WIDTH), "--results", str(tmp_path)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    for said in ("NS GAN   0.0000, ", "bit for bit: ok", "MNIST: fastest with 2 ", "wide on "):
        assert said in done.output, done.output
    (table,) = (tmp_path / "speed").iterdir()
    assert read_measured(table)["trial_steps_per_second"].gt(0).all() and (tmp_path / "speed.csv").exists()
    monkeypatch.setattr(gpu, "TOLERANCE", -1.0)
    failed = CliRunner().invoke(app, command)
    assert failed.exit_code == 1 and "FAILED" in failed.output and "More than -1.0" in failed.output
