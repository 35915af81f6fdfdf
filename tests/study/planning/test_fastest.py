"""The fastest way of computing, chosen from a table made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.plugins import UserError
from benchmark.study.planning.fastest import MEASURED, device_file, fastest, read_measured
from benchmark.training.execution import Execution

SMALL, LARGE = (1, 28, 28), (3, 32, 32)


def way(population: int, speed: float, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(MEASURED, "") | {
        "device_name": "Made-up GPU",
        "channels": 1,
        "side": 28,
        "width": 1.0,
        "batch": 64,
        "population": population,
        "mode": "compiled",
        "trial_steps_per_second": speed,
        "memory_gb": float(population),
    }
    return row | more


TABLE = pd.DataFrame(
    [
        way(1, 100.0),
        way(4, 300.0),
        way(16, 900.0, mode="graphs"),
        way(64, 1200.0),
        way(16, float("nan"), note="out of memory"),
        way(4, 90.0, channels=3, side=32),
        way(16, 80.0, mode="graphs", channels=3, side=32),
    ]
)


def test_the_fastest_way_that_fits_is_chosen() -> None:
    def chosen(**options: Any) -> Execution | None:
        return fastest(TABLE, [SMALL], 1.0, **options)

    assert chosen() == Execution(population=64, compiled=True)
    assert chosen(free_gb=20.0) == Execution(population=16, compiled=True, graphs=True)
    assert chosen(population=4) == Execution(population=4, compiled=True)
    assert chosen(population=2) is None and chosen(free_gb=0.5) is None
    assert fastest(TABLE, [SMALL], 0.25) is None  # the width was not measured


def test_the_slowest_of_several_shapes_decides() -> None:
    assert fastest(TABLE, [SMALL, LARGE], 1.0) == Execution(population=4, compiled=True)


def test_a_population_that_is_slower_than_one_trial_is_never_chosen() -> None:
    slow = pd.DataFrame([way(1, 100.0), way(4, 60.0)])
    assert fastest(slow, [SMALL], 1.0) == Execution(population=1, compiled=True)


def test_a_table_is_filed_under_its_device_and_read_as_written(tmp_path: Path) -> None:
    path = device_file(tmp_path, "NVIDIA H100 80GB (HBM3)")
    assert path == tmp_path / "speed" / "nvidia-h100-80gb-hbm3.csv"
    assert read_measured(path).empty and [*read_measured(path)] == [*MEASURED]
    path.parent.mkdir()
    TABLE.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_measured(path), TABLE)
    path.write_text("device_name,channels\nx,1\n")
    with pytest.raises(UserError, match=r"is not a table of ganbench gpu: .*\nDelete it and measure again"):
        read_measured(path)
