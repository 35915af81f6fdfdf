from __future__ import annotations

import subprocess
import sys


def test_analysis_does_not_import_torch() -> None:
    # A table and its figures take a second without torch, and several with it.
    code = (
        "import sys, pkgutil, importlib, benchmark.analysis as a\n"
        "found = [importlib.import_module(m.name) for m in pkgutil.walk_packages(a.__path__, 'benchmark.analysis.')]\n"
        "print(len(found) > 10, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "True False"
