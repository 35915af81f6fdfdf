"""How many cores a process may keep busy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmark.study.storage import processes
from benchmark.study.storage.processes import cpu_quota, usable_cores


@pytest.fixture
def cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the files in which Linux says a container's quota; there are none at first."""
    for name in ("CPU_MAX", "CFS_QUOTA", "CFS_PERIOD"):
        monkeypatch.setattr(processes, name, tmp_path / name)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    for name in ("SLURMD_NODENAME", "SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "quota", "cores"),
    [
        ({}, None, 8),
        ({"CPU_MAX": "max 100000\n"}, None, 8),
        ({"CPU_MAX": "200000 100000\n"}, 2.0, 2),
        ({"CPU_MAX": "50000 100000\n"}, 0.5, 1),
        ({"CPU_MAX": "1600000 100000\n"}, 16.0, 8),
        ({"CFS_QUOTA": "-1\n", "CFS_PERIOD": "100000\n"}, None, 8),
        ({"CFS_QUOTA": "350000\n", "CFS_PERIOD": "100000\n"}, 3.5, 3),
        ({"CPU_MAX": "nonsense"}, None, 8),
    ],
)
def test_a_containers_quota_bounds_the_cores(cgroups: Path, files: dict[str, str], quota: float | None, cores: int) -> None:
    for name, text in files.items():
        (cgroups / name).write_text(text)
    assert cpu_quota() == quota and usable_cores() == cores


@pytest.mark.parametrize(
    ("said", "cores"),
    [
        ({}, 8),
        ({"SLURM_CPUS_PER_TASK": "3"}, 8),  # on a login node, whose cores are not those of the allocation
        ({"SLURMD_NODENAME": "n1", "SLURM_CPUS_PER_TASK": "3", "SLURM_CPUS_ON_NODE": "6"}, 3),
        ({"SLURMD_NODENAME": "n1", "SLURM_CPUS_ON_NODE": "6"}, 6),
        ({"SLURMD_NODENAME": "n1", "SLURM_CPUS_ON_NODE": "64"}, 8),
        ({"SLURMD_NODENAME": "n1"}, 8),
    ],
)
@pytest.mark.usefixtures("cgroups")
def test_an_allocation_bounds_the_cores(monkeypatch: pytest.MonkeyPatch, said: dict[str, str], cores: int) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert usable_cores() == cores
