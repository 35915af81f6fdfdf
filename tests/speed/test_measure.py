"""What is measured of a combination is what a plan of it costs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmark.data import find_dataset
from benchmark.speed.measure import measure, write_speeds
from benchmark.study.planning.cost import read_speed_file, trial_seconds
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.resolution import find_combinations
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.training.budget import find_budget
from benchmark.training.execution import Execution

pytestmark = pytest.mark.slow


def test_the_speed_of_a_penalty_and_a_normalisation_is_found_again(tmp_path: Path) -> None:
    losses, _ = find_combinations(["vae"], normalisation=("setting", "layer"))
    dataset, execution = find_dataset("mnist"), Execution(population=1, compiled=False)
    said: list[str] = []
    ((_, choices), loss) = next((key, made) for key, made in losses.items() if key[1].normalisation == "layer")
    budget, cpu = find_budget("smoke", dataset), torch.device("cpu")
    rows = measure(loss, dataset, budget, cpu, execution=execution, report=said.append, choices=choices)
    write_speeds(tmp_path / "speed.csv", rows)
    write_speeds(tmp_path / "speed.csv", rows)  # in place of what was measured alike
    speeds = read_speed_file(tmp_path / "speed.csv")
    assert len(speeds) == len(rows) == 1 and "VAE, layer" in said[0]
    study = Study(
        name="a", losses=("vae",), datasets=("mnist",), budget={"preset": "smoke"}, normalisations=("setting", "layer")
    )
    usual, layer = make_plan(study, Store(tmp_path)).trials
    assert trial_seconds(usual, (1, 28, 28), speeds) is None
    assert trial_seconds(layer, (1, 28, 28), speeds) == (
        budget.steps * rows[0]["ms_per_step"] / 1000  # type: ignore[operator]
        + budget.evaluations * budget.images / 10_000 * rows[0]["seconds_per_10000_images"]  # type: ignore[operator]
    )
