"""Memory that a process keeps."""

from __future__ import annotations

import subprocess
import sys

import pytest

FAULTS = """
import resource
import sys
import torch
from benchmark.training.memory import keep_memory
if sys.argv[1] == "keep":
    keep_memory()
def freed() -> None:
    [torch.ones(1_000_000) for _ in range(8)]
freed()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    freed()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_memory_that_is_kept_is_not_asked_for_again() -> None:
    keeping, usual = (
        int(subprocess.run([sys.executable, "-c", FAULTS, word], capture_output=True, text=True, check=True).stdout)
        for word in ("keep", "usual")
    )
    # Huge pages, where the machine has them to give, make either number smaller.
    assert keeping < usual / 3, (keeping, usual)
