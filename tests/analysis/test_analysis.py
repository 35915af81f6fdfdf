"""What the modules of analysis load, so that a command which prints a table starts at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("benchmark.analysis", "torch"),  # a table and its figures take a second without it, and several with it
        ("benchmark.analysis.report", "matplotlib"),
        ("benchmark.analysis.statistics", "matplotlib"),
    ],
)
def test_no_module_of_the_package_loads_what_it_does_not_need(modules: str, unwanted: str) -> None:
    code = (
        f"import sys, pkgutil, importlib, {modules} as package\n"
        "found = [importlib.import_module(m.name) for m in pkgutil.walk_packages(package.__path__, package.__name__ + '.')]\n"
        f"print(len(found) > 3, {unwanted!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "True False"
