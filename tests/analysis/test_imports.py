from __future__ import annotations

import subprocess
import sys


def test_analysis_does_not_import_torch() -> None:
    # A table and its figures take a second without torch, and several with it.
    code = "import sys, benchmark.analysis.summary, benchmark.analysis.plots; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
