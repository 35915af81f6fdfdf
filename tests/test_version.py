"""The version, written once, is what the package, its metadata and the command line say."""

from __future__ import annotations

import tomllib
from pathlib import Path

from typer.testing import CliRunner

import benchmark
from benchmark.cli import app

ROOT = Path(__file__).parent.parent


def test_the_command_line_prints_the_package_s_version() -> None:
    printed = CliRunner().invoke(app, ["--version"])
    assert (printed.exit_code, printed.stdout) == (0, f"ganbench {benchmark.__version__}\n")


def test_the_build_takes_the_version_from_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"] and "version" not in project["project"]
    source = ROOT / project["tool"]["hatch"]["version"]["path"]
    assert f'__version__ = "{benchmark.__version__}"' in source.read_text()


def test_the_citation_is_of_this_version() -> None:
    assert f"version: {benchmark.__version__}" in (ROOT / "CITATION.cff").read_text().splitlines()
