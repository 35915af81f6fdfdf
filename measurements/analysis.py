"""Times figures, tables and report of a study of 10,000 trials: ``python -m measurements.analysis [--trials 10000 ...]``.

Each runs in its own process. Prints elapsed time and processor time, peak memory, and the report's size. Nothing is asserted;
the target for the report is 30 s of processor time. The study has 8 losses on 4 data sets (or ``--datasets``): a wide search
that chooses by validation scores, and seeds of the best settings. Give several numbers of trials to see how the time grows.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from support.synthetic_trials import study

DATASETS = ("mnist", "fashion-mnist", "cifar10", "celeba")


def make_study(folder: Path, trials: int, datasets: int) -> int:
    """Writes the table and a picture of random pixels for every 50th trial; returns the number of trials."""
    each = trials // (8 * datasets)
    seeds = min(50, each // 4)
    table = study(each - seeds + 1, seeds, datasets=DATASETS[:datasets], manifold=True, validation=True)
    rng = np.random.default_rng(0)
    (folder / "samples").mkdir()
    for i in range(len(table) // 50):
        pixels = rng.integers(0, 256, (233, 233, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "samples" / f"{i}.png")
    table["picture"] = [f"samples/{i // 50 % max(1, len(table) // 50)}.png" for i in range(len(table))]
    table.to_csv(folder / "trials.csv", index=False)
    return len(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[10_000])
    parser.add_argument("--datasets", type=int, choices=range(1, len(DATASETS) + 1), default=len(DATASETS))
    options = parser.parse_args()
    for trials in options.trials:
        time_study(trials, options.datasets)


def time_study(trials: int, datasets: int) -> None:
    """Prints the time and memory that figures, tables and report of a study with this many trials take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{make_study(folder, trials, datasets):,} trials", flush=True)
        total, spent = 0.0, before.ru_utime + before.ru_stime
        for command, out in (("figures", "figures"), ("tables", "tables"), ("report", "report.html")):
            start = time.perf_counter()
            arguments = [sys.executable, "-m", "benchmark", command, str(folder), "--out", str(folder / "out" / out)]
            subprocess.run(arguments, check=True, capture_output=True)
            seconds = time.perf_counter() - start
            total += seconds
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = used.ru_utime + used.ru_stime - spent
            spent += cpu
            print(f"{command:8} {seconds:6.1f} s, {cpu:6.1f} s of processor time", flush=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = (folder / "out" / "report.html").stat().st_size / 1e6
        spent -= before.ru_utime + before.ru_stime
        print(f"all      {total:6.1f} s, {spent:6.1f} s of processor time; peak {peak:.0f} MB; report {size:.1f} MB")


if __name__ == "__main__":
    main()
