"""Executors: where the workers of a study run. The rest of the program does not know which one it has."""

from __future__ import annotations

from benchmark.plugins import UserError, unknown
from benchmark.study.running.executors.base import Executor
from benchmark.study.running.executors.inline import Inline
from benchmark.study.running.executors.local import Local
from benchmark.study.running.executors.slurm import Slurm
from benchmark.study.running.slurm.cluster import Cluster

__all__ = ["Executor", "Inline", "Local", "Slurm", "find_executor"]

EXECUTORS = ["inline", "local", "slurm"]


def find_executor(name: str, *, workers: int | None = None, cluster: Cluster | None = None, waits: bool = False) -> Executor:
    """The executor of this name.

    Args:
        workers: for ``local``: the number of worker processes; None for one per GPU, or one per ``threads`` cores.
        cluster: for ``slurm``: what a task asks for.
        waits: for ``slurm``: whether it waits until the trials have ended, and resubmits lost tasks.

    Raises:
        UserError: an unknown name, a number of workers for an executor without workers, or SLURM's commands are missing.
    """
    if name not in EXECUTORS:
        raise unknown("executor", name, EXECUTORS)
    if workers is not None and name != "local":
        raise UserError(
            f"--workers is for --executor local; the executor is {name}. On a cluster, --parallel says how many tasks run."
        )
    if name == "inline":
        return Inline()
    return Local(workers) if name == "local" else Slurm(cluster or Cluster(), waits=waits)
