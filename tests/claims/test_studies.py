from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmark.claims import Studies
from benchmark.study.running.contexts import Resources
from benchmark.study.study import Study

pytestmark = pytest.mark.slow


def test_trials_together_score_as_those_alone_but_for_rounding_that_adam_enlarges(tmp_path: Path) -> None:
    study = Study(
        name="points",
        losses=("nsgan",),
        datasets=("ring",),
        budget={"preset": "quick", "steps": 20, "evaluations": 1, "images": 1_000},
        seeds=(0, 1),
        metrics=("wasserstein",),
    )
    tables = []
    for name, together in (("alone", None), ("both", 2)):
        studies = Studies(Resources(results=tmp_path / name, data=tmp_path, device="cpu"), 1, lambda line: None)
        tables.append(studies.trials(study, [{"learning_rate": 1e-3}, {"learning_rate": 1e-4}], together=together))
    alone, both = tables
    assert len(both) == 4 and (both["status"] == "ok").all() and both["best"].max() - both["best"].min() > 0.3
    pd.testing.assert_series_equal(both["id"], alone["id"])
    assert both["best"].to_numpy() == pytest.approx(alone["best"].to_numpy(), abs=0.02)
