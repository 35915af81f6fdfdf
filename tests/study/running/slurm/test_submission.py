"""What a submission asks for, and how large SLURM lets it be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.fake_slurm import FakeSlurm

from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.submission import largest_array, make_executor, outside_allocation


def test_an_array_is_no_larger_than_the_cluster_lets_it_be(fake: FakeSlurm) -> None:
    assert largest_array() == 1001  # SLURM's default
    fake.prints("scontrol", "MaxArraySize            = 3\nMaxJobCount = 1")
    assert largest_array() == 3


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
