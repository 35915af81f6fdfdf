"""What a result says it was computed with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import torch

import benchmark
from benchmark.study.storage import environment
from benchmark.training.execution import Execution

COMMIT = environment.commit.__wrapped__  # asked anew each time


@pytest.mark.parametrize(
    ("variables", "task"),
    [
        ({}, None),
        ({"SLURM_JOB_ID": "9"}, None),  # of an allocation, on another machine than its nodes
        ({"SLURM_JOB_ID": "9", "SLURMD_NODENAME": "n1"}, "9"),
        ({"SLURM_JOB_ID": "9", "SLURMD_NODENAME": "n1", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "2"}, "7_2"),
    ],
)
def test_a_result_names_the_task_that_computed_it(
    variables: dict[str, str], task: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("SLURM")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = environment.environment(torch.device("cpu"), "float32", Execution(population=1, compiled=False))
    assert made.get("slurm_task") == task


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", "-C", folder, *identity, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package within a repository; the code under test takes it for its own."""
    package = tmp_path / "benchmark"
    package.mkdir()
    (package / "__init__.py").touch()
    git(tmp_path, "init", "-q")
    monkeypatch.setattr(environment, "__file__", str(package / "study" / "storage" / "environment.py"))
    return package


def test_a_checkout_names_its_commit_and_whether_the_package_was_changed_since(package: Path) -> None:
    git(package, "add", ".")
    git(package, "commit", "-q", "-m", "first")
    assert COMMIT() == {"commit": git(package, "rev-parse", "HEAD"), "dirty": False}
    (package.parent / "README.md").touch()  # no part of the package
    assert COMMIT()["dirty"] is False
    (package / "__init__.py").write_text("changed = True")
    assert COMMIT()["dirty"] is True


def test_an_installed_package_is_not_of_the_commit_of_the_repository_that_it_happens_to_lie_in(package: Path) -> None:
    (package.parent / "theirs.py").touch()
    git(package.parent, "add", "theirs.py")
    git(package.parent, "commit", "-q", "-m", "somebody else's")
    assert COMMIT() == {"commit": None, "dirty": None}


def test_the_package_s_own_version_is_said() -> None:
    said = environment.environment(torch.device("cpu"), "float32", Execution(population=1, compiled=False))
    assert said["benchmark"] == benchmark.__version__
    assert (said["device"], said["compiled"], said["precision"], said["population"]) == ("cpu", False, "float32", 1)
