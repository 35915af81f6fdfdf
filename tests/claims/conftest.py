"""What the tests of claims share."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.claims import Lab
from benchmark.study.running.contexts import Resources


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab with folders of its own."""
    return Lab(Resources(results=tmp_path / "results", data=tmp_path / "data", device="cpu"), 1, lambda line: None)
