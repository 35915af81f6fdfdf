"""A SLURM of several nodes that only talks: programs that print what a test wants, and two tasks that were submitted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmark.study.running.slurm.jobs import Jobs
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="quick", steps=1_000, batch=64, width=0.25, evaluations=2, images=5_000)


def trial(seed: int = 0, loss: str = "lsgan", **setting: float) -> Trial:
    return Trial(loss=loss, dataset="fashion-mnist", setting=setting, seed=seed, budget=BUDGET, metrics=("fid_classifier",))


class FakeSlurm:
    """Programs that print what a cluster with several nodes would; two tasks of array 7 were submitted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        for program in ("cat", "rm", "touch"):  # what the fake programs run; a real SLURM of this machine stays out of reach
            (folder / program).symlink_to(str(shutil.which(program)))
        monkeypatch.setenv("PATH", str(folder))
        self.prints("srun", "")  # whose presence is how submitit knows SLURM
        self.trials = [trial(0), trial(1)]
        self.store = Store(folder / "results")
        self.jobs = Jobs(Study(name="two"), self.store)
        self.jobs.home.mkdir(parents=True)
        ids = [[t.id] for t in self.trials]
        submitted = {"job": "7", "populations": ids, "trials": ids, "folder": str(folder)}
        (self.jobs.home / "7.json").write_text(json.dumps(submitted))

    def prints(self, program: str, text: str) -> None:
        path = self.folder / program
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
        path.chmod(0o755)

    def held(self, job: str, pid: int | None = 5) -> None:
        """The first trial is claimed by a process of another machine, which showed life just now."""
        self.store.running.mkdir(exist_ok=True)
        content = {"machine": "far", "pid": pid, "job": job, "trials": [self.trials[0].id], "attempt": 2, "step": 9}
        (self.store.running / f"{self.trials[0].id}.0.claim").write_text(json.dumps(content))
