"""The environment of a result: versions, device, and how the step was run."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.training.processor import ARITHMETIC, arithmetic, processor
from benchmark.version import __version__

if TYPE_CHECKING:
    import torch

    from benchmark.training.execution import Execution


def environment(device: torch.device, precision: str, execution: Execution) -> dict[str, Any]:
    """Versions, commit, device and how the step was run, as plain values."""
    import torch  # slow to load; this module's other functions do not need it

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "benchmark": __version__,
        **commit(),
        "device": device.type,
        "device_name": device_name(device),
        **arithmetic(),
        "threads": torch.get_num_threads(),
        "compiled": execution.compiled,
        "precision": precision,
        "population": execution.population,
        **({"graphs": True} if execution.graphs else {}),  # only a GPU has them
        **({"slurm_task": task} if (task := slurm_task()) else {}),
    }


def slurm_task() -> str | None:
    """SLURM's id of the job or array task that this process runs in, as ``squeue`` writes it; None outside a job."""
    if "SLURMD_NODENAME" not in os.environ:  # only on a node of the allocation
        return None
    array, index = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{index}" if array and index else os.environ.get("SLURM_JOB_ID")


def device_name(device: torch.device) -> str:
    """The model of the GPU or of the processor."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else processor()


def computed_on(environment: dict[str, Any]) -> str:
    """The part of an environment that a result's last bits depend on; the processor's arithmetic counts if it trained."""
    trained = ARITHMETIC if environment.get("device") == "cpu" else ()
    names = ("torch", "device", "device_name", *trained, "threads", "compiled", "precision", "population", "graphs")
    return ", ".join(f"{n} {environment[n]}" for n in names if n in environment)


def computed_alike(one: dict[str, Any], other: dict[str, Any]) -> bool | None:
    """Whether two results must agree to the last bit; None if one does not record its processor's arithmetic."""
    if any(e.get("device") == "cpu" and not e.keys() >= {*ARITHMETIC} for e in (one, other)):
        return None
    return computed_on(one) == computed_on(other)


@cache
def commit() -> dict[str, Any]:
    """The checkout's commit and whether the package has uncommitted changes; None for both if git does not track it."""
    package = Path(__file__).parents[2]

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", package, *arguments], capture_output=True, text=True, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")  # an installed package may be in another project's checkout
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", "."))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}
