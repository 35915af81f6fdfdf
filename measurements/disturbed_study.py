"""Runs a whole study through a real SLURM that is disturbed, and compares it with the same study in one process.

    python -m measurements.disturbed_study [STUDY] [--folder FOLDER] [--cores N]

Both runs compile their steps, each with its own cache. The study runs on a SLURM on this machine. After each fifth of the
trials there is one disturbance: all running tasks are preempted, slurmd is killed (and restarted half a minute later),
slurmctld is restarted, and a task is killed. Prints what happened. Fails unless both tables agree to the last digit, both runs
kept the same samples and generators, and no trial ended twice. Existing contents of FOLDER are kept, so a stopped run
continues.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from support.same_results import require_same, table
from support.slurm.cluster import Cluster, missing, put_on_loopback

from benchmark.columns import ENDED
from benchmark.study.storage.leases import read_leases

ROOT = Path(__file__).parents[1]
PATIENCE = 3600.0  # seconds after which we assume that something hangs


def ganbench(study: str, folder: Path, name: str, *options: str) -> list[str]:
    """The command that runs the study with a results folder of this name."""
    words = [sys.executable, "-m", "benchmark", "run", study, "--results", str(folder / name), "--data", str(folder / "data")]
    return [*words, *options]


def environment(folder: Path, name: str, base: dict[str, str]) -> dict[str, str]:
    """The command's environment, with a separate cache for compiled steps."""
    return base | {"PYTHONPATH": str(ROOT), "TORCHINDUCTOR_CACHE_DIR": str(folder / f"compiled-{name}")}


class Disturbed:
    """The study that runs on SLURM, and the methods that disturb it."""

    def __init__(self, study: str, folder: Path, slurm: Cluster) -> None:
        self.slurm, self.results = slurm, folder / "slurm"
        self.began = time.monotonic()
        self.log = (folder / "slurm.log").open("a")
        options = ["--executor", "slurm", "--wait", "--partition", "low", "--minutes", "120", "--memory", "4"]
        self.process = subprocess.Popen(
            ganbench(study, folder, "slurm", *options),
            stdout=self.log,
            stderr=self.log,
            cwd=ROOT,
            env=environment(folder, "slurm", slurm.environment),
        )
        self.ends: dict[str, set[int]] = {}
        self.stopped: set[str] = set()
        threading.Thread(target=self.watch, daemon=True).start()

    def say(self, line: str) -> None:
        print(f"{(time.monotonic() - self.began) / 60:5.1f} min: {line}", flush=True)

    def watch(self) -> None:
        """Records when each trial's result was written; a second time means that the trial was run twice."""
        while True:
            for path in self.results.glob("trials/*/*/*.json"):
                trial, _, status = path.stem.rpartition(".")
                if status in ENDED:
                    with contextlib.suppress(FileNotFoundError):
                        self.ends.setdefault(trial, set()).add(path.stat().st_mtime_ns)
            time.sleep(0.5)

    def training(self) -> dict[str, tuple[str, int]]:
        """The tasks that are training, each with its trial and the step that it has reached."""
        living = [lease for lease in read_leases(self.results / "running") if lease.alive]
        return {c.content.job: (c.name, c.content.step) for c in living if c.content.job and c.content.step > 0}

    def wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, f"the study ended before it was disturbed; see {self.log.name}"
            assert time.monotonic() < end, self.slurm.logs()
            time.sleep(1)

    def await_training(self) -> dict[str, tuple[str, int]]:
        """Waits until as many tasks are training as there are cores, and returns them."""
        self.wait_for(lambda: len(self.training()) == self.slurm.cpus)
        return self.training()

    def await_ends(self, trials: int) -> None:
        """Waits until this many trials have ended."""
        self.wait_for(lambda: len(self.ends) >= trials)

    def preempt(self) -> None:
        at = self.await_training()
        cores = f"--cpus-per-task={self.slurm.cpus}"
        job = self.slurm.run("sbatch", "--parsable", "--output=/dev/null", "--partition=high", cores, "--wrap=sleep 5").strip()
        self.wait_for(lambda: self.slurm.job(job).state == "COMPLETED")
        self.stopped |= {trial for trial, _ in at.values()}
        self.say(f"preempted {said(at)}: now {self.states(at)}")

    def kill_slurmd(self) -> None:
        at = self.await_training()
        self.slurm.kill_slurmd()
        time.sleep(30)
        self.slurm.start_slurmd()
        self.wait_for(lambda: self.slurm.node_state() in ("idle", "mixed", "allocated"))
        self.say(f"killed slurmd for 30 s under {said(at)}: now {self.states(at)}")

    def restart_slurmctld(self) -> None:
        at = self.await_training()
        self.slurm.restart_slurmctld()
        self.say(f"restarted slurmctld over {said(at)}: now {self.states(at)}")

    def kill_a_task(self) -> None:
        task, (trial, step) = min(self.await_training().items())
        self.slurm.kill_task(task)
        self.wait_for(lambda: self.slurm.job(task).state == "FAILED")
        self.stopped.add(trial)
        self.say(f"killed {said({task: (trial, step)})}: now {self.states([task])}")

    def states(self, tasks: Iterable[str]) -> str:
        """The tasks' states as reported by SLURM."""
        return ", ".join(self.slurm.job(task).state for task in tasks)


def said(tasks: dict[str, tuple[str, int]]) -> str:
    return ", ".join(f"task {task} (trial {trial}, step {step})" for task, (trial, step) in tasks.items())


def restarts(slurm: Cluster) -> Iterator[str]:
    """The tasks that SLURM itself restarted, and how often."""
    for job in slurm.queue(finished=True):
        if job.name.startswith("ganbench"):
            found = re.search(r"Restarts=([1-9]\d*)", slurm.run("scontrol", "show", "job", job.id))
            if found:
                yield f"{job.id}: {found[1]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", default="quick")
    parser.add_argument("--folder", type=Path, default=Path("results/disturbed"))
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)), help="number of parallel tasks")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that neither the study nor SLURM keeps running
    folder, name = args.folder.absolute(), Path(args.study).stem
    folder.mkdir(parents=True, exist_ok=True)
    put_on_loopback()
    if reason := missing():
        sys.exit(reason)

    began = time.monotonic()
    with (folder / "inline.log").open("a") as log:
        words = ganbench(args.study, folder, "inline", "--executor", "inline")
        subprocess.run(words, stdout=log, stderr=log, cwd=ROOT, env=environment(folder, "inline", dict(os.environ)), check=True)
    print(f"inline: {(time.monotonic() - began) / 60:.1f} min, not counting earlier runs", flush=True)

    with Cluster(cpus=args.cores) as slurm:
        study = Disturbed(args.study, folder, slurm)
        try:
            planned = len(table(folder / "inline", name))
            for fifth, disturb in enumerate((study.preempt, study.kill_slurmd, study.restart_slurmctld, study.kill_a_task)):
                study.await_ends(fifth * planned // 5)
                disturb()
            code = study.process.wait()
        finally:
            study.process.kill()
        study.say(f"the study ended with exit code {code}; SLURM's own restarts: {', '.join(restarts(slurm)) or 'none'}")
    assert code == 0, f"see {study.log.name}"

    ended = table(study.results, name)
    require_same(study.results, folder / "inline", name)
    assert set(study.ends) == set(ended.index) and all(len(times) == 1 for times in study.ends.values())
    assert (ended.loc[list(study.stopped), "attempts"] > 1).all()
    statuses = ended["status"].value_counts()
    print(
        f"planned {len(ended)} = {statuses.get('ok', 0)} ok + {statuses.get('diverged', 0)} diverged + "
        f"{statuses.get('failed', 0)} failed; attempts {ended['attempts'].value_counts().to_dict()}"
    )
    print("table, samples and generators equal the inline run's; no trial ended twice")


if __name__ == "__main__":
    main()
