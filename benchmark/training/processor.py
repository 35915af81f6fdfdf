"""The processor, and what its rounding depends on: processors with the same name may have different instructions."""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from pathlib import Path

ARITHMETIC = ("processor", "cpu_capability", "instructions", "onednn", "blas", "numpy_blas")
"""The keys of a result's environment that describe a processor's arithmetic."""
# The instruction sets for which oneDNN and BLAS have special code, by their names in Linux's /proc/cpuinfo.
INSTRUCTIONS = (
    *("avx", "avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16"),
    *("avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "amx_fp16", "asimd", "asimddp", "bf16", "i8mm", "sve", "sve2"),
)
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR")
"""The environment variables that restrict the instructions used by oneDNN and MKL."""


@cache
def processor() -> str:
    """The processor's model name."""
    return cpuinfo().get("model name") or platform.processor() or platform.machine()


@cache
def arithmetic() -> dict[str, str]:
    """What rounding depends on, by the names in ``ARITHMETIC``: the processor, its instructions, and the numeric libraries.

    oneDNN and MKL choose their code by the available instructions, and do not report their choice.
    """
    import numpy as np
    import torch
    from threadpoolctl import threadpool_info

    np.linalg.inv(np.eye(2))  # loads numpy's BLAS
    said, built = cpuinfo(), torch.__config__.show()
    family = [f"{name} {said[name]}" for name in ("cpu family", "model", "stepping") if name in said]
    flags = {*said.get("flags", said.get("Features", "")).split()}
    onednn = re.search(r"MKL-DNN (v[\d.]+)", built) if torch.backends.mkldnn.enabled else None
    blas = re.search(r"BLAS_INFO=(\w+)", built)
    of_numpy = [lib for lib in threadpool_info() if lib["user_api"] == "blas" and "numpy" in lib["filepath"]]
    values = {
        "processor": " ".join([said["vendor_id"], *family]) if "vendor_id" in said else processor(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "instructions": " ".join(name for name in INSTRUCTIONS if name in flags) or "not said",
        "onednn": " ".join([onednn[1] if onednn else "none", *(f"{n}={os.environ[n]}" for n in LIMITS if n in os.environ)]),
        "blas": blas[1] if blas else "not said",
        "numpy_blas": " ".join(f"{b['internal_api']} {b['version']} {b.get('architecture', '')}" for b in of_numpy)
        or "not said",
    }
    return {name: values[name] for name in ARITHMETIC}


@cache
def cpuinfo() -> dict[str, str]:
    """Linux's description of the first processor; empty on other systems."""
    try:
        first = Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":")[::2] for line in first.splitlines())
    return {name.strip(): value.strip() for name, value in pairs}
