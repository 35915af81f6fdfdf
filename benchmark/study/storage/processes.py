"""Processes: the identity of this one, and whether another one on this machine is alive."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Process:
    """The identity of a process, which no later process shares.

    Attributes:
        machine: ``machine_name()`` of its machine.
        host: the machine's name on the network.
        pid: its number.
        started: when it started, as ``process_start`` gives it.
    """

    machine: str
    host: str
    pid: int
    started: str | None

    @property
    def alive(self) -> bool:
        """Whether it is alive; only valid on its own machine."""
        return process_start(self.pid) == self.started


def this_process() -> Process:
    """The identity of the calling process."""
    return Process(machine=machine_name(), host=platform.node(), pid=os.getpid(), started=process_start(os.getpid()))


CPU_MAX = Path("/sys/fs/cgroup/cpu.max")  # cgroup v2, as a container sees its own
CFS_QUOTA = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")  # cgroup v1
CFS_PERIOD = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def usable_cores() -> int:
    """How many cores this process may use: those it may run on, or fewer if a quota or allocation limits it; at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    bounds = [cores, cpu_quota(), allocated_cores()]
    return max(1, int(min(bound for bound in bounds if bound is not None)))


def allocated_cores() -> int | None:
    """The number of cores of the SLURM task that this process runs in, bound to them or not; None outside a task."""
    if "SLURMD_NODENAME" not in os.environ:  # only on a node of the allocation
        return None
    given = os.environ.get("SLURM_CPUS_PER_TASK") or os.environ.get("SLURM_CPUS_ON_NODE", "")
    return int(given) if given.isdecimal() else None


def cpu_quota() -> float | None:
    """The processor time that a container's quota permits, in cores; None without a quota."""
    with contextlib.suppress(OSError, ValueError):
        allowed, period = CPU_MAX.read_text().split()
        return None if allowed == "max" else int(allowed) / int(period)
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
        allowed_v1 = int(CFS_QUOTA.read_text())
        return None if allowed_v1 < 0 else allowed_v1 / int(CFS_PERIOD.read_text())
    return None


@cache
def machine_name() -> str:
    """A name for this machine since its last start, and for the namespace in which its process ids are valid."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):  # not Linux
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), os.readlink("/proc/self/ns/pid")]
    return " ".join(parts)


def log_name() -> str:
    """A name for the folder of this process's logs, from its machine, its process id and the time."""
    return f"{machine_key()}-{os.getpid()}-{int(time.time())}"


def machine_key() -> str:
    """``machine_name()`` in eight letters."""
    return hashlib.sha256(machine_name().encode()).hexdigest()[:8]


def process_start(pid: int) -> str | None:
    """When the process started, in the kernel's clock ticks; None if there is no such process, "unknown" without ``/proc``."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]  # a zombie is not at work
    except OSError:
        pass
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "unknown"
