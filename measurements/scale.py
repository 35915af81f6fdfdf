"""Times commands on studies that are far larger than those of the tests.

    make scale OPTIONS="[--trials 100000] [--collected 10000]"

Prints elapsed time, processor time and peak memory of ``ganbench plan``, ``status``, ``collect`` and ``report``, each in its
own process. The results are artificial, written as the store writes them. Nothing is trained, and nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.losses import paper_losses
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial

STARTER = """
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
TARGETS = {"plan": "seconds", "status": "under 2 s", "collect": "under 10 s and 500 MB", "report": "under 30 s of processor"}


def write_study(path: Path, trials: int) -> Path:
    """Writes a study of all losses on one data set, with about this many trials."""
    path.write_text(f'losses = ["all"]\ndatasets = ["mnist"]\nbudget = "paper"\nsamples = {trials // len(paper_losses())}\n')
    return path


def finish(trials: Sequence[Trial], store: Store) -> None:
    """Writes results as the runner records them: nine of ten trials have four scores, the others diverged."""
    rng = np.random.default_rng(0)
    environment = {
        "python": "3.11.2",
        "torch": "2.11.0",
        "numpy": "2.2.0",
        "benchmark": "0.1.0",
        "commit": "0" * 40,
        "dirty": False,
        "device": "cpu",
        "device_name": "a processor",
        "threads": 1,
        "compiled": True,
        "precision": "float32",
        "population": 1,
    }
    for trial in trials:
        name, evaluations = trial.score, trial.budget.evaluation_steps
        scores = [
            {"step": float(step), name: fid, f"{name}_validation": fid + 0.1, "discriminator": 0.5, "generator": 0.7}
            for step, fid in zip(evaluations, rng.lognormal(3, 1, len(evaluations)), strict=True)
        ]
        diverged = rng.random() < 0.1
        result = Result(
            status="diverged" if diverged else "ok",
            step=evaluations[-1],
            seconds=100.0,
            scores=scores[: 2 if diverged else None],
            environment=environment,
            fingerprints={name: "0123456789ab"},
            score_names=[name, f"{name}_validation"],
            study={"name": "large", "hash": "0123456789ab"},
            reason="generator became NaN" if diverged else "",
        )
        store.finish(trial, result)


def measured(*arguments: str) -> tuple[float, float, float]:
    """The command's elapsed seconds, processor seconds and peak memory in megabytes."""
    # A process inherits its parent's peak memory, so a small process must start it.
    command = [sys.executable, "-c", STARTER, sys.executable, "-m", "benchmark", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds, processor, peak = map(float, done.stdout.split())
    return seconds, processor, peak / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000, help="number of trials for plan and status")
    parser.add_argument("--collected", type=int, default=10_000, help="number of finished trials for collect and report")
    options = parser.parse_args()
    os.fsync = lambda fd: None  # artificial results need not survive a crash of the machine
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        large, small = (write_study(Path(folder) / f"{n}.toml", getattr(options, n)) for n in ("trials", "collected"))
        shared = ("--results", str(results))
        report("plan", options.trials, measured("plan", str(large), *shared))
        finish(make_plan(find_study(str(large)), Store(results)).trials, Store(results))
        report("status", options.trials, measured("status", str(large), *shared))
        measured("plan", str(small), *shared)  # as for a study that was run
        report("collect", options.collected, measured("collect", str(small), *shared))
        table = results / "studies" / small.stem
        report("report", options.collected, measured("report", str(table), "--out", str(Path(folder) / "report.html")))


def report(what: str, trials: int, figures: tuple[float, float, float]) -> None:
    seconds, processor, megabytes = figures
    print(
        f"{what:8} {trials:>8,} trials {seconds:7.1f} s, {processor:.1f} s of processor time, {megabytes:.0f} MB"
        f"   target: {TARGETS[what]}",
        flush=True,
    )


if __name__ == "__main__":
    main()
