"""The cost of many trials, from few measured speeds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmark.study.planning.cost import cost_table
from benchmark.study.planning.plan import make_plan
from benchmark.study.storage.store import Store
from benchmark.study.study import Study


def test_hours_are_the_sum_over_trials_of_each_ones_own_speed(tmp_path: Path) -> None:
    plan = make_plan(Study(name="s", losses=("nsgan",), samples=20), Store(tmp_path))
    milliseconds = {1: 10.0, 5: 4.0}
    speeds = pd.DataFrame(
        [
            {
                "loss": "nsgan",
                "channels": 1,
                "side": 28,
                "width": 0.25,
                "batch": 64,
                "disc_iters": n,
                "ms_per_step": ms,
                "seconds_per_10000_images": 3.0,
            }
            for n, ms in milliseconds.items()
        ]
    )
    slow = sum(t.setting["disc_iters"] == 1 for t in plan.trials)
    assert 0 < slow < 20
    # 1,000 steps, and two evaluations of 10,000 images.
    expected = slow * (10 + 6) + (20 - slow) * (4 + 6)
    (row,) = cost_table(plan, 1, speeds).to_dict("records")
    assert row["trials"] == 20 and row["hours"] == pytest.approx(expected / 3600)
    assert pd.isna(cost_table(plan, 1, speeds[speeds["disc_iters"] == 1])["hours"][0])
