"""A real SLURM for each test of this folder that asks for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import submitit
from support.slurm.cluster import Cluster, missing, put_on_loopback
from support.slurm.desk import Desk
from support.slurm.shell import Shell


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


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with Shell(tmp_path_factory.mktemp("shell")) as shell:
        yield shell


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory, module_slurm: Cluster, shell: Shell) -> Desk:
    """The study, run in one process that nobody disturbs."""
    desk = Desk(tmp_path_factory.mktemp("inline") / "desk", module_slurm, shell)
    words = [sys.executable, "-m", "benchmark", "run", "four.toml", "--executor", "inline", "--no-compile"]
    subprocess.run(words, cwd=desk.folder, env=desk.environment, check=True)
    assert set(desk.table()["attempts"]) == {1}
    return desk


@pytest.fixture
def desk(tmp_path: Path, module_slurm: Cluster, shell: Shell, inline: Desk) -> Iterator[Desk]:
    """A folder to work in; the classifier of the data set is there already."""
    desk = Desk(tmp_path / "desk", module_slurm, shell)
    shutil.copytree(inline.folder / "data", desk.folder / "data")
    yield desk
    if ours := [j.id for j in module_slurm.queue()]:
        module_slurm.run("scancel", *ours)
        module_slurm.wait_until(lambda: not module_slurm.queue())
