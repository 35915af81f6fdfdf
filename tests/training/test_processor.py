"""What a processor computes with, as torch and the system say it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import torch

from benchmark.study.storage.environment import computed_alike, environment
from benchmark.training.execution import Execution
from benchmark.training.processor import ARITHMETIC, arithmetic, cpuinfo

pytestmark = pytest.mark.slow

HERE = environment(torch.device("cpu"), "float32", Execution(population=1, compiled=False))


def with_variable(name: str, value: str) -> dict[str, str]:
    """What another process says that has this environment variable."""
    code = "import json; from benchmark.training.processor import arithmetic; print(json.dumps(arithmetic()))"
    environ = {**os.environ, name: value, "PYTHONPATH": os.pathsep.join(sys.path)}
    return json.loads(subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=True).stdout)


def test_every_part_has_a_value() -> None:
    assert tuple(arithmetic()) == ARITHMETIC and all(arithmetic().values())


@pytest.mark.skipif(not cpuinfo().get("flags"), reason="no flags of an x86 processor here")
def test_the_instructions_are_those_that_the_processor_has() -> None:
    assert {*arithmetic()["instructions"].split()} <= {*cpuinfo()["flags"].split()}
    assert ("avx2" in arithmetic()["instructions"].split()) is torch.cpu._is_avx2_supported()


def test_a_process_that_uses_fewer_instructions_says_so_and_is_not_taken_for_alike() -> None:
    lowest = with_variable("ATEN_CPU_CAPABILITY", "default")
    assert lowest["cpu_capability"] in ("DEFAULT", "NO AVX") and lowest["cpu_capability"] != arithmetic()["cpu_capability"]
    limited = with_variable("ONEDNN_MAX_CPU_ISA", "SSE41")
    assert "SSE41" in limited["onednn"]
    assert computed_alike(HERE, HERE | lowest) is computed_alike(HERE, HERE | limited) is False


def test_what_does_not_say_its_processor_is_unknown() -> None:
    old = {name: value for name, value in HERE.items() if name not in ARITHMETIC}
    assert computed_alike(HERE, HERE) is True
    assert computed_alike(old, HERE) is computed_alike(HERE, old) is computed_alike(old, old) is None


def test_on_a_gpu_the_processor_does_not_count() -> None:
    gpu = {**HERE, "device": "cuda", "device_name": "a GPU"}
    assert computed_alike(gpu, gpu | {"instructions": "avx2"}) is True
    assert computed_alike({n: v for n, v in gpu.items() if n not in ARITHMETIC}, gpu) is True
