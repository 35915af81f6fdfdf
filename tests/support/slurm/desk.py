"""The folder of a user of a cluster, and what she does there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from support.own_files import STRIPES, SUPPORT
from support.same_results import table
from support.slurm.cluster import Cluster
from support.slurm.shell import ROOT, Command, Shell

STUDY = """
losses = ["lsgan", "vae"]
datasets = ["stripes.py"]
seeds = 2
budget = { preset = "smoke", steps = 24, batch = 16, evaluations = 3, images = 100 }
"""
FIRST, SECOND = 12, 20  # steps at which a trial reports: after its evaluations (and checkpoints) at 8 and 16


class Desk:
    """A user's folder with a study `four` of four trials, and the shell in which she works on it."""

    def __init__(self, folder: Path, slurm: Cluster, shell: Shell) -> None:
        self.folder, self.slurm, self.shell = folder, slurm, shell
        folder.mkdir()
        (folder / "gates").mkdir()
        (folder / "four.toml").write_text(STUDY)
        (folder / "stripes.py").write_text(STRIPES + (SUPPORT / "slurm" / "witness.py").read_text())

    def start(self, *words: str) -> Command:
        """The command `ganbench WORDS`, at work."""
        return self.shell.start(list(words), self.folder, self.environment)

    @property
    def environment(self) -> dict[str, str]:
        return self.slurm.environment | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def ganbench(self, *words: str, code: int = 0) -> str:
        """What the command prints."""
        ended, said = self.start(*words).wait()
        assert ended == code and "Traceback" not in said, said
        return said

    def run(self, *words: str, code: int = 0) -> str:
        """What submitting the study prints."""
        return self.ganbench("run", "four.toml", "--executor", "slurm", "--no-compile", *words, code=code)

    def close(self, *steps: int) -> None:
        """Trials wait after these steps."""
        for step in steps:
            (self.folder / f"gates/{step}").touch()

    def open(self, *steps: int) -> None:
        """They wait no longer."""
        for step in steps:
            (self.folder / f"gates/{step}").unlink()

    def log(self, word: str) -> list[list[str]]:
        """The rest of the witness's lines that begin with the word."""
        path = self.folder / "witness.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split()[1:] for line in lines if line.startswith(f"{word} ")]

    def steps(self) -> dict[str, list[int]]:
        """The steps that each trial reported, in their order."""
        steps: dict[str, list[int]] = {}
        for trial, step in self.log("at"):
            steps.setdefault(trial, []).append(int(step))
        return steps

    def wait_for(self, step: int, trials: int, seconds: float = 180) -> None:
        """Returns once so many trials wait at the closed gate after the step."""
        self.wait_until(lambda: sum(s[-1] == step for s in self.steps().values()) == trials, seconds)

    def wait_until(self, condition: Callable[[], object], seconds: float = 240) -> None:
        try:
            self.slurm.wait_until(condition, seconds)
        except RuntimeError as error:
            logs = [f"== {p.name}\n{p.read_text()[-3000:]}" for p in self.folder.glob("results/slurm/four/*/*.err")]
            raise RuntimeError(
                "\n".join([str(error), str(self.slurm.queue(finished=True)), str(self.steps()), *logs])
            ) from error

    def arrays(self) -> list[list[str]]:
        """The tasks of each submission, in their order."""
        submitted = [json.loads(p.read_text()) for p in self.folder.glob("results/slurm/four/*.json")]
        jobs = sorted((int(s["job"]), s["workers"]) for s in submitted)
        return [[f"{job}_{i}" for i in range(n)] if n > 1 else [str(job)] for job, n in jobs]

    def task_of(self, trial: str) -> str:
        """The task that holds the trial's lease."""
        (path,) = self.folder.glob(f"results/running/{trial}.*.claim")
        return str(json.loads(path.read_text())["job"])

    def trained_by(self) -> set[str]:
        """The tasks that ended trials, as the results say."""
        results = [json.loads(p.read_text()) for p in self.folder.glob("results/trials/*/*/*.json")]
        return {result["environment"]["slurm_task"] for result in results}

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def table(self) -> pd.DataFrame:
        return table(self.results, "four")

    def require_each_ended_once(self) -> None:
        """Planned = ok + diverged + failed, and none ran twice to its end."""
        table = self.table()
        ends = Counter(trial for trial, _ in self.log("end"))
        assert set(table["status"]) <= {"ok", "diverged", "failed"}
        assert ends == dict.fromkeys(table.index, 1)
