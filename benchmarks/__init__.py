"""Scripts that measure, started from the repository root: ``python -m benchmarks.NAME``. They share ``tests/support``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
