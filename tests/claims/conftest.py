"""What the tests of claims share."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.claims import Studies
from benchmark.study.running.contexts import Resources


@pytest.fixture
def studies(tmp_path: Path) -> Studies:
    """Studies with folders of their own."""
    return Studies(Resources(results=tmp_path / "results", data=tmp_path / "data", device="cpu"), 1, lambda line: None)
