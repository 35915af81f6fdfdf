"""Tasks that the kernel holds to what they asked for, by cgroups."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.slurm.cluster import Cluster
from support.slurm.configuration import CGROUPS
from support.slurm.desk import STUDY, Desk


@pytest.fixture
def held(desk: Desk) -> Iterator[Desk]:
    """The desk on a cluster whose tasks are in cgroups."""
    if not all(os.access(CGROUPS / kind, os.W_OK) for kind in ("cpuset", "freezer", "memory")):
        pytest.skip("SLURM's cgroups (version 1) need the right to make them (root, with their file systems mounted)")
    with Cluster(cpus=2, gpus=0, cgroups=True) as slurm:
        desk.slurm = slurm
        yield desk


def test_a_worker_that_takes_more_memory_than_it_asked_for_ends_its_trial_and_no_other(held: Desk) -> None:
    (held.folder / "four.toml").write_text(STUDY.replace("seeds = 2", "seeds = 1"))
    (held.folder / "hog").write_text("vae")
    held.run("--memory", "2")
    (tasks,) = held.arrays()
    held.wait_until(lambda: not held.slurm.queue())
    # Some versions of SLURM say OUT_OF_MEMORY, and some leave it to the log; the other worker may have tried the trial, too.
    ends = {held.slurm.job(task).state for task in tasks} - {"COMPLETED"}
    assert ends and ends <= {"FAILED", "OUT_OF_MEMORY"}
    said = held.run("--memory", "2", code=1)
    assert "1 trial failed: out of memory." in said and "submitted" not in said
    ended = held.table().reset_index().set_index("loss")
    assert ended["status"].to_dict() == {"lsgan": "ok", "vae": "failed"}
    assert "ran out of memory" in ended.loc["vae", "reason"]
    held.require_each_ended_once()


def test_a_run_in_an_allocation_has_the_cores_that_the_kernel_gives_it(held: Desk) -> None:
    words = [sys.executable, "-c", "import benchmark.study.storage.processes as p; print(p.usable_cores())"]
    for cores in (1, 2):
        command = ["srun", f"--cpus-per-task={cores}", "--mem=1G", *words]
        done = subprocess.run(command, env=held.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.strip() == str(cores), done.stderr
