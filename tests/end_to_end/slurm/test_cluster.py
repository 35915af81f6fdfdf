"""The fixture is a SLURM as submitit and the study need it: each event of a cluster's life, with plain functions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cloudpickle
import pytest
import submitit
from submitit.core.utils import FailedJobError, UncompletedJobError
from support.slurm import keeper
from support.slurm.cluster import Cluster

# A task can't import a test module: its functions and classes travel inside the pickle, with what they refer to, which
# must not come from another file of tests/. What is in `benchmark` is imported by the task as usual.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def gather(slurm: Cluster, jobs: list[submitit.SlurmJob]) -> list[object]:
    """Result or exception of each job, once all are done."""
    slurm.wait_until(lambda: all(job.done(force_check=True) for job in jobs), seconds=120)
    return [job.exception() or job.result() for job in jobs]


def attempt(folder: Path) -> int:
    """Notes in `folder` that an attempt has started; returns its number, from 1."""
    (folder / f"attempt-{os.environ.get('SLURM_RESTART_COUNT', '0')}").touch()
    return attempts(folder)


def attempts(folder: Path) -> int:
    return len(list(folder.glob("attempt-*")))


def wait_for(path: Path) -> str:
    while not path.exists():
        time.sleep(0.05)
    return "done"


def attempt_and_wait(folder: Path) -> int:
    """Waits in its first attempt until it is killed or may `go`; returns how many attempts there were."""
    if attempt(folder) == 1:
        wait_for(folder / "go")
    return attempts(folder)


def span(seconds: float) -> tuple[float, float]:
    """When it began and ended, seconds since 1970."""
    begin = time.time()
    time.sleep(seconds)
    return begin, time.time()


def square_or_die(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def fill_memory(megabytes: int) -> int:
    block = bytearray(os.urandom(1)) * (megabytes << 20)
    time.sleep(30)
    return len(block)


def first_gpu() -> str:
    time.sleep(1)  # all four at once
    return os.environ["CUDA_VISIBLE_DEVICES"]


class Countdown:
    """Waits for `folder / "go"`; its checkpoint keeps what it has learnt."""

    def __init__(self, folder: Path, checkpoints: int = 0) -> None:
        self.folder, self.checkpoints = folder, checkpoints

    def __call__(self) -> int:
        if attempt(self.folder) == 1:
            wait_for(self.folder / "go")
        return self.checkpoints

    def checkpoint(self) -> submitit.helpers.DelayedSubmission:
        return submitit.helpers.DelayedSubmission(Countdown(self.folder, self.checkpoints + 1))


def test_an_array_finishes_and_runs_two_at_a_time(slurm: Cluster, executor: submitit.SlurmExecutor) -> None:
    executor.update_parameters(array_parallelism=2)
    spans = gather(slurm, executor.map_array(span, [0.5] * 4))
    for begin, _ in spans:
        assert sum(b <= begin < e for b, e in spans) <= 2


def test_a_killed_task_does_not_spoil_the_others(slurm: Cluster, executor: submitit.SlurmExecutor) -> None:
    one, dead, three = gather(slurm, executor.map_array(square_or_die, [1, 2, 3]))
    assert (one, three) == (1, 9)
    assert isinstance(dead, UncompletedJobError) and not isinstance(dead, FailedJobError)


def test_kill_task_ends_the_running_function(slurm: Cluster, executor: submitit.SlurmExecutor, tmp_path: Path) -> None:
    (job,) = executor.map_array(attempt_and_wait, [tmp_path])
    slurm.wait_until(lambda: attempts(tmp_path))
    slurm.kill_task(job.job_id)
    (outcome,) = gather(slurm, [job])
    assert isinstance(outcome, UncompletedJobError)
    assert slurm.job(job.job_id).state == "FAILED"


def test_a_requeued_job_runs_again(slurm: Cluster, executor: submitit.SlurmExecutor, tmp_path: Path) -> None:
    job = executor.submit(attempt_and_wait, tmp_path)
    slurm.wait_until(lambda: attempts(tmp_path))
    slurm.run("scontrol", "requeue", job.job_id)
    assert gather(slurm, [job]) == [2]


def test_preemption_signals_and_requeues(slurm: Cluster, executor: submitit.SlurmExecutor, tmp_path: Path) -> None:
    executor.update_parameters(partition="low", cpus_per_task=slurm.cpus)
    low = executor.submit(Countdown(tmp_path))
    slurm.wait_until(lambda: attempts(tmp_path))
    executor.update_parameters(partition="high")
    high = executor.submit(span, 0)
    assert gather(slurm, [low, high])[0] == 1
    assert attempts(tmp_path) == 2


def test_a_job_outlives_slurmd(slurm: Cluster, executor: submitit.SlurmExecutor, tmp_path: Path) -> None:
    job = executor.submit(attempt_and_wait, tmp_path)
    slurm.wait_until(lambda: attempts(tmp_path))
    slurm.kill_slurmd()
    slurm.start_slurmd()
    (tmp_path / "go").touch()
    assert gather(slurm, [job]) == [1]


def test_a_job_outlives_slurmctld(slurm: Cluster, executor: submitit.SlurmExecutor, tmp_path: Path) -> None:
    job = executor.submit(attempt_and_wait, tmp_path)
    slurm.wait_until(lambda: attempts(tmp_path))
    slurm.restart_slurmctld()
    (tmp_path / "go").touch()
    assert gather(slurm, [job]) == [1]


def test_too_much_memory_ends_the_job(slurm: Cluster, executor: submitit.SlurmExecutor) -> None:
    executor.update_parameters(mem="300MB")
    small, large = executor.map_array(fill_memory, [10, 600])
    (outcome,) = gather(slurm, [large])
    assert isinstance(outcome, UncompletedJobError)
    assert slurm.job(small.job_id).state == "RUNNING"


def test_four_tasks_get_a_gpu_each(slurm: Cluster, executor: submitit.SlurmExecutor) -> None:
    executor.update_parameters(gpus_per_node=1)
    assert sorted(gather(slurm, executor.map_array(lambda _: first_gpu(), range(4)))) == ["0", "1", "2", "3"]


def test_a_job_of_a_lost_node_runs_again(slurm: Cluster, executor: submitit.SlurmExecutor, tmp_path: Path) -> None:
    job = executor.submit(attempt_and_wait, tmp_path)
    slurm.wait_until(lambda: attempts(tmp_path))
    slurm.lose_node()
    slurm.start_slurmd()
    assert gather(slurm, [job]) == [2]


def test_a_second_cluster_does_not_touch_the_first(slurm: Cluster) -> None:
    with Cluster() as other:
        assert other.node_state() == "idle"
    assert not other.folder.exists()
    assert slurm.node_state() == "idle"


OWNER = """
import sys
from support.slurm.cluster import Cluster
cluster = Cluster().start()
begun = cluster.folder / "begun"
cluster.run("sbatch", "--output=/dev/null", "--wrap", f"trap '' TERM; touch {begun}; sleep 1000; sleep 1000")
cluster.wait_until(begun.exists)
print(cluster.folder, cluster.keeper.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_daemons_and_jobs_end_however_their_owner_does(slurm: Cluster, how: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env=slurm.environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the traceback of KeyboardInterrupt
        text=True,
    )
    assert owner.stdout
    folder, keeper_pid = owner.stdout.readline().split()
    processes = [int(keeper_pid), *keeper.descendants(int(keeper_pid))]
    names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in processes]
    assert {"munged", "slurmctld", "slurmd", "slurmstepd", "slurm_script"} <= set(names)
    owner.send_signal(how)
    owner.communicate()
    slurm.wait_until(lambda: not Path(folder).exists() and not keeper.descendants(int(keeper_pid)))
    assert not [pid for pid in processes[1:] if Path(f"/proc/{pid}").exists()]
    assert slurm.node_state() == "idle"
