"""Submits to SLURM: the executor that asks for what a cluster profile says, and SLURM's own limits."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.plugins import UserError
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.submitit_library import JobEnvironment, JobPaths, submitit

MAX_ARRAY_SIZE = 1001  # SLURM's default
SIGNAL = f"SIG{JobEnvironment.USR_SIG}"  # submitit's, before a time limit or a preemption
# A signal that comes while Python starts must wait until a task can answer it: unanswered, it would end the task for good.
START = (
    f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.{SIGNAL}]); "
    "from submitit.core.submission import submitit_main; submitit_main()"
)


def largest_array() -> int:
    """How many tasks SLURM lets an array have; its own default if it does not say."""
    answer = command(["scontrol", "show", "config"], check=False)
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", answer, re.MULTILINE)
    return max(1, int(found[1])) if found else MAX_ARRAY_SIZE


class NodeExecutor(submitit.SlurmExecutor):
    """submitit's executor, for nodes that may see the working directory at another path; signals wait while Python starts."""

    directory: str | None = None

    def there(self, path: Path | str) -> str:
        """The path as the nodes see it."""
        own = Path.cwd()
        if self.directory is None or not Path(path).is_relative_to(own):
            return str(path)
        return str(self.directory / Path(path).relative_to(own))

    @property
    def _submitit_command_str(self) -> str:
        return f"{self.python} -u -c {shlex.quote(START)} {shlex.quote(self.there(self.folder))}"


def make_executor(folder: Path, cluster: Cluster, name: str, tasks: int) -> NodeExecutor:
    """The executor that asks for what the profile says."""
    executor = NodeExecutor(folder, max_num_timeout=cluster.requeues)
    executor.directory = cluster.directory
    executor.python = shlex.quote(cluster.python or executor.there(sys.executable))
    asked = {
        "partition": cluster.partition,
        "account": cluster.account,
        "qos": cluster.qos,
        "constraint": cluster.constraint,
        "gpus_per_node": cluster.gpus or None,
        "gres": cluster.gres,
    }
    more = {"requeue": True, "chdir": executor.there(Path.cwd())}
    srun = [f"--cpus-per-task={cluster.cpus}"]  # srun does not inherit it from sbatch
    if cluster.directory is not None:
        paths = JobPaths(executor.there(executor.folder))
        logs = {"output": str(paths.stdout), "error": str(paths.stderr)}
        if tasks > 1:
            logs = {k: v.replace("%j", "%A_%a") for k, v in logs.items()}
        srun += [word for k, v in logs.items() for word in (f"--{k}", v)]
        more |= {k: v.replace("%t", "0") for k, v in logs.items()}
    more |= {name.replace("_", "-").lstrip("-"): value for name, value in cluster.sbatch.items()}
    # On a node that does not bind tasks to cores, each task would use all cores, and memory for a compiler on each.
    own = f"export OMP_NUM_THREADS={cluster.cpus} TORCHINDUCTOR_COMPILE_THREADS={cluster.cpus}"
    executor.update_parameters(
        job_name=name,
        time=cluster.minutes,
        cpus_per_task=cluster.cpus,
        mem=f"{int(1024 * cluster.memory)}MB",
        array_parallelism=cluster.parallel,
        signal_delay_s=cluster.signal_seconds,
        setup=[own, *cluster.setup],
        additional_parameters={k: v for k, v in more.items() if v is not False},
        srun_args=srun,
        **{k: v for k, v in asked.items() if v is not None},
    )
    return executor


@contextmanager
def outside_allocation() -> Iterator[None]:
    """A context whose submissions do not inherit the allocation that this process may run in.

    Sbatch passes its environment on, and a job's srun would take this allocation's cores and memory for its own.
    """
    inside = "SLURM_JOB_ID" in os.environ
    kept = {k: v for k, v in os.environ.items() if inside and k.startswith("SLURM_") and k != "SLURM_CONF"}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)


def require_slurm() -> None:
    """Checks that SLURM's commands can be found.

    Raises:
        UserError: one of them is missing.
    """
    lacking = [c for c in ("sbatch", "squeue", "scancel", "srun") if shutil.which(c) is None]
    if lacking:
        raise UserError(
            f"SLURM's {lacking[0]} is not in PATH: submit from a login node of the cluster.\nElsewhere: --executor local."
        )


def command(words: list[str], *, check: bool = True) -> str:
    """The output of the command.

    Raises:
        UserError: it takes more than two minutes, or it fails and ``check`` is true.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=check, timeout=120)
    except FileNotFoundError:
        if not check:
            return ""
        raise
    except subprocess.TimeoutExpired as error:
        raise UserError(f"SLURM does not answer: {words[0]} took more than two minutes.") from error
    except subprocess.CalledProcessError as error:
        reason = re.sub(r"\s+", " ", error.stderr or "").strip() or f"exit code {error.returncode}"
        raise UserError(f"SLURM's {words[0]} failed: {reason[:200]}") from error
    return done.stdout
