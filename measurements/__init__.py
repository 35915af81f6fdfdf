"""Scripts that measure this code, and the code that fills the documents with numbers from published tables (``pages``).

Run them from the repository root: ``python -m measurements.NAME``. They use ``tests/support``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
