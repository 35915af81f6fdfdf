"""How populations fill tasks, tasks fill arrays, and what a submission asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from support.fake_slurm import FakeSlurm, trial

from benchmark.data.mnist import FashionMNIST
from benchmark.study.planning.cost import population_seconds
from benchmark.study.populations import Population
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.submission import in_arrays, make_executor, outside_allocation, packed


def fill(seconds: Sequence[float | None], structures: str = "", minutes: int = 10) -> tuple[list[list[int]], list[str]]:
    """The tasks, as numbers of populations that take so long; populations share a structure if they share a letter."""
    losses = structures or "a" * len(seconds)
    populations = [Population((trial(i, loss),)) for i, loss in enumerate(losses)]
    said: list[str] = []
    tasks = packed(populations, lambda g: seconds[g.trials[0].seed], Cluster(minutes=minutes), said.append)
    return [[g.trials[0].seed for g in task] for task in tasks], said


def test_tasks_are_filled_to_four_fifths_of_their_limit() -> None:
    assert fill([200, 280, 1, 400, 79, 1, 500, 10]) == ([[0, 1], [2, 3, 4], [5], [6], [7]], [])  # 480 s of 10 minutes
    assert fill([200, 280, 1], minutes=11) == ([[0, 1, 2]], [])  # 528 s


def test_a_task_compiles_one_step() -> None:
    assert fill([1, 1, 1, 1], "aabb") == ([[0, 1], [2, 3]], [])


def test_what_was_not_measured_gets_a_task_each() -> None:
    tasks, said = fill([10, None, None, 10, 10])
    assert tasks == [[0], [1], [2], [3, 4]]
    assert said == [
        "2 populations have no measured speed on a cpu, and get a task each; "
        "ganbench measure, run on a node, lets tasks be filled."
    ]


def test_an_array_is_no_larger_than_the_cluster_or_the_profile_lets_it_be(fake: FakeSlurm) -> None:
    tasks = [[Population((trial(i),))] for i in range(7)]

    def sizes(**profile: int) -> list[tuple[list[int], int]]:
        arrays = in_arrays(tasks, Cluster(**profile))  # type: ignore[arg-type]
        return [([g.trials[0].seed for (g,) in array], parallel) for array, parallel in arrays]

    assert sizes(parallel=5) == [([0, 1, 2, 3, 4, 5, 6], 5)]  # SLURM's default
    fake.prints("scontrol", "MaxArraySize            = 3\nMaxJobCount = 1")
    assert sizes(parallel=5) == [([0, 1], 1), ([2, 3], 2), ([4, 5, 6], 2)]
    assert sizes(parallel=5, array_size=10) == sizes(parallel=5)
    assert sizes(parallel=1, array_size=2) == [([0], 1), ([1, 2], 1), ([3, 4], 1), ([5, 6], 1)]
    assert in_arrays([], Cluster()) == []


def test_seconds_of_a_group_are_those_measured_on_such_a_device_with_such_populations() -> None:
    alike = {"loss": "lsgan", "channels": 1, "side": 28, "width": 0.25, "batch": 64, "disc_iters": 1, "start_seconds": 30.0}
    speeds = pd.DataFrame(
        [
            alike | {"device": "cuda", "population": 2, "ms_per_step": 3.0, "seconds_per_10000_images": 4.0},
            alike | {"device": "cpu", "population": 2, "ms_per_step": 90.0, "seconds_per_10000_images": 9.0},
            alike | {"device": "cuda", "population": 1, "ms_per_step": 8.0, "seconds_per_10000_images": 9.0},
        ]
    )
    population = Population((trial(0), trial(1)))
    # each 1,000 steps of 3 ms and two evaluations of half 4 s; compiling once
    shape = FashionMNIST.image_shape
    assert population_seconds(population, shape, speeds, "cuda", 2) == pytest.approx(2 * (3 + 2 * 2) + 30)
    assert population_seconds(population, shape, speeds, "cuda", 3) is None
    assert population_seconds(Population((trial(0), trial(1, disc_iters=5))), shape, speeds, "cuda", 2) is None


def test_paths_are_those_of_the_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: FakeSlurm) -> None:
    fake.prints("srun", "")
    here = tmp_path / "gan"
    here.mkdir()
    monkeypatch.chdir(here)
    cluster = Cluster(directory="/mnt/g", python=f"{tmp_path}/gan2/python", sbatch={"nice": 7, "requeue": False, "hold": True})
    for tasks, log in ((1, "%j_0_log"), (2, "%A_%a_0_log")):
        executor = make_executor(Path("results/jobs"), cluster, "ganbench-two", tasks)
        lines = executor._make_submission_file_text(executor._submitit_command_str, "").splitlines()
        assert {"#SBATCH --chdir=/mnt/g", "#SBATCH --nice=7", "#SBATCH --hold"} <= set(lines)
        logs = f"/mnt/g/results/jobs/{log}"
        assert {f"#SBATCH --output={logs}.out", f"#SBATCH --error={logs}.err"} <= set(lines)
        assert not [line for line in lines if "requeue" in line]
        assert lines[-1].endswith(" /mnt/g/results/jobs") and f" {tmp_path}/gan2/python " in lines[-1]
    assert executor.there(tmp_path / "other") == str(tmp_path / "other")


@pytest.mark.parametrize("inside", [True, False])
def test_a_submission_takes_nothing_of_an_allocation_along(monkeypatch: pytest.MonkeyPatch, inside: bool) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    kept = {"SLURM_CONF": "/etc/slurm.conf", "SBATCH_ACCOUNT": "vision"}
    own = {"SLURM_MEM_PER_CPU": "700", **({"SLURM_JOB_ID": "7"} if inside else {})}
    for name, value in (kept | own).items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with outside_allocation():
        assert kept.items() <= os.environ.items()
        assert ("SLURM_MEM_PER_CPU" in os.environ) != inside and "SLURM_JOB_ID" not in os.environ
    assert dict(os.environ) == before
