"""A real SLURM for each test of this folder that asks for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import submitit
from support.slurm.cluster import Cluster, missing, put_on_loopback


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slurm)


def require_installed() -> None:
    """Without SLURM its tests are skipped; where CI is set they fail."""
    if os.environ.get("CI"):
        put_on_loopback()
    if reason := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="module")
def module_slurm() -> Iterator[Cluster]:
    """A cluster for all tests of a module, which hand it on with an empty queue; its commands need its `environment`."""
    require_installed()
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A new cluster (half a second), the only one that this process and what it starts see."""
    require_installed()
    with Cluster() as cluster:
        for name in os.environ.keys() - cluster.environment.keys():
            monkeypatch.delenv(name)
        for name, value in cluster.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(submitit.SlurmJob, "_results_timeout_s", 1)  # how long to wait for a slow network disk
        yield cluster


@pytest.fixture
def executor(slurm: Cluster, tmp_path: Path) -> submitit.SlurmExecutor:
    """submitit's executor, its files in `tmp_path / "jobs"`; below 13 minutes it would take every preemption for a time-out."""
    executor = submitit.SlurmExecutor(tmp_path / "jobs")
    executor.update_parameters(time=30, cpus_per_task=1)
    return executor
