"""How the site's pages are made (docs/site/hooks.py); "make docs" checks their links. It mirrors no module."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    for needed in ("mkdocs", "nbconvert"):
        pytest.importorskip(needed)
    spec = importlib.util.spec_from_file_location("site_hooks", ROOT / "docs" / "site" / "hooks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_bring_what_they_link_to_and_nothing_else(hooks: Any) -> None:
    found = hooks.reachable(["docs/metrics.md", "docs/cluster.md"])
    assert found["clusters/example.toml"] == ROOT / "clusters" / "example.toml"
    assert isinstance(found["docs/studies.md"], str) and "pyproject.toml" not in found


def test_a_notebook_and_a_folder_of_studies_become_pages(hooks: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "studies" / "small").mkdir(parents=True)
    (tmp_path / "studies" / "small" / "mine.toml").write_text("samples = 2\n")
    (tmp_path / "README.md").write_text("[all](studies), [figures](mine.ipynb#end)")
    cell = {"cell_type": "markdown", "metadata": {}, "source": "# Mine"}
    (tmp_path / "mine.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    found = hooks.reachable(["README.md"])
    assert found["README.md"] == "[all](studies/README.md), [figures](mine.md#end)"
    assert "samples = 2" in found["studies/README.md"] and "# Mine" in found["mine.md"]


def test_marks_of_numbers_go_and_those_in_code_stay(hooks: Any) -> None:
    code = "```\n<!-- make a.b() -->1<!-- end -->\n```"
    assert hooks.without_marks(f"A\n<!-- make a.b() -->12<!-- end --> seeds\n\n{code}\n") == f"A\n12 seeds\n\n{code}\n"


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://x.org/a.js">',
        "<img alt=a src=//x.org/a.png>",
        '<link rel="stylesheet" href="https://x.org/a.css">',
        "a { background: url(https://x.org/a.png) }",
    ],
)
def test_a_part_from_the_web_is_found(hooks: Any, part: str) -> None:
    assert hooks.FROM_THE_WEB.search(part)


def test_links_and_parts_of_the_site_are_no_parts_from_the_web(hooks: Any) -> None:
    parts = '<a href="https://x.org">x</a><link rel="canonical" href="https://x.org"><script src="../a.js"></script>'
    assert not hooks.FROM_THE_WEB.search(parts)
