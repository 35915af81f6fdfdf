"""A SLURM of several nodes that only talks: programs that print what a test wants, and two workers that were submitted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmark.files import write_atomically
from benchmark.study.planning.plan import Plan
from benchmark.study.planning.plan_cache import write_plan
from benchmark.study.planning.resolution import resolve
from benchmark.study.running.slurm.arrays import Submitted
from benchmark.study.running.slurm.jobs import Jobs
from benchmark.study.running.slurm.task import PLAN, PLAN_KEY
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="quick", steps=1_000, batch=64, width=0.25, evaluations=2, images=5_000)


def trial(seed: int = 0, loss: str = "lsgan", **setting: float) -> Trial:
    return Trial(loss=loss, dataset="fashion-mnist", setting=setting, seed=seed, budget=BUDGET, metrics=("fid_classifier",))


def plan_of(trials: Sequence[Trial]) -> Plan:
    """A plan of these trials."""
    return Plan(resolved=resolve(Study(name="two", losses=("lsgan",))), trials=list(trials))


class FakeSlurm:
    """Programs that print what a cluster with several nodes would; two workers, array 7, were submitted for two trials."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        for program in ("cat", "rm", "touch"):  # what the fake programs run; a real SLURM of this machine stays out of reach
            (folder / program).symlink_to(str(shutil.which(program)))
        monkeypatch.setenv("PATH", str(folder))
        self.prints("srun", "")  # whose presence is how submitit knows SLURM
        self.trials = [trial(0), trial(1)]
        self.store = Store(folder / "results")
        self.jobs = Jobs(Study(name="two"), self.store)
        self.submitted("7", self.trials)

    def submitted(self, job: str, trials: Sequence[Trial], workers: int = 2, replaces: Sequence[str] = ()) -> None:
        """An array of workers that know of the trials, as a submission leaves it behind."""
        folder = self.folder / f"array-{job}"
        folder.mkdir()
        write_plan(folder / PLAN, PLAN_KEY, plan_of(trials), [])
        array = Submitted(job, workers, run=f"run {job}", replaces=list(replaces), folder=str(folder))
        write_atomically(self.jobs.home / f"{job}.json", json.dumps(asdict(array)).encode())

    def log(self, task: str, text: str) -> None:
        """What the task printed."""
        (self.folder / f"array-{task.partition('_')[0]}" / f"{task}_0_log.err").write_text(text)

    def prints(self, program: str, text: str) -> None:
        path = self.folder / program
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
        path.chmod(0o755)

    def held(self, job: str, pid: int | None = 5) -> None:
        """The first trial is leased by a process of another machine, which showed life just now."""
        self.store.running.mkdir(exist_ok=True)
        content = {"machine": "far", "pid": pid, "job": job, "run": "of the first", "trials": [self.trials[0].id]}
        (self.store.running / f"{self.trials[0].id}.0.claim").write_text(json.dumps({**content, "attempt": 2, "step": 9}))
