"""Scripts that measure this code, and what makes the pages' numbers of published tables (``pages``).

Started from the repository root: ``python -m measurements.NAME``. They share ``tests/support``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
