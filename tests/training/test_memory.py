"""Memory that a process keeps."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

ROUNDS, BLOCKS, PAGES = 50, 8, 977  # of four megabytes in pages of four kilobytes
FAULTS = f"""
import resource
import torch
from benchmark.training.memory import keep_memory
keep_memory()
def freed() -> None:
    [torch.ones(1_000_000) for _ in range({BLOCKS})]
freed()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    freed()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_memory_that_is_kept_is_asked_for_once() -> None:
    # Without, every block of every round may be asked for anew: 400 blocks, in more than half of the runs.
    command = [sys.executable, "-c", FAULTS]
    faults = [int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    assert max(faults) < 2 * BLOCKS * PAGES < ROUNDS * BLOCKS * PAGES / 10, faults
