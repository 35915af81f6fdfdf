"""The cost of many trials, from few measured speeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from benchmark.plugins import UserError
from benchmark.study.planning.cost import SHIPPED, cost_table, read_speeds
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
                "penalty": "none",
                "normalisation": "setting",
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


FIRST = str(pd.read_csv(SHIPPED)["ms_per_step"][0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("ms_per_step", "speed"), "it lacks the column ms_per_step"),
        (lambda text: text.replace(FIRST, FIRST.replace(".", ",")), ""),
        (lambda text: text.replace(FIRST, "fast"), "fast"),
        (lambda text: text.replace(FIRST, ""), "a number is missing or infinite"),
        (lambda text: text.replace(FIRST, "inf"), "a number is missing or infinite"),
    ],
)
def test_a_table_of_speeds_that_is_none_is_refused(tmp_path: Path, change: Callable[[str], str], said: str) -> None:
    (tmp_path / "speed.csv").write_text(SHIPPED.read_text())
    assert len(read_speeds(tmp_path)) == len(pd.read_csv(SHIPPED))
    (tmp_path / "speed.csv").write_text(change(SHIPPED.read_text()))
    with pytest.raises(UserError, match=rf"speed\.csv is not a table of speeds: .*{said}.*\nDelete it and measure again"):
        read_speeds(tmp_path)
