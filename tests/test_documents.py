"""What the documents name is there. This file mirrors no module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from measurements.pages.floors import contracts

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".github/*.md"), ROOT / "results" / "README.md"]
FOLDERS = "benchmark|measurements|docs|experiments|notebooks|tests"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_and_links_of_a_document_exist(document: Path) -> None:
    text = document.read_text()
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text)
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    absent = [name for name in named if not (ROOT / name).exists()]
    absent += [link for link in linked if not (document.parent / link).exists()]
    assert not absent


def test_the_architecture_has_every_folder_of_the_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    folders = {path.parent.relative_to(ROOT) for path in ROOT.glob("benchmark/**/__init__.py")}
    nested = {"benchmark/metrics/extractors", "benchmark/study/running/executors", "benchmark/study/running/slurm"}
    assert {f"`{folder}/`" for folder in map(str, folders) if folder not in nested} <= set(re.findall(r"`[\w/]+/`", text))
    assert all(f"`{Path(folder).name}/`" in text for folder in nested)
    tables = set(re.findall(r"^\| `([\w./]+)` \|", text, re.MULTILINE))
    assert {path.name for path in (ROOT / "benchmark").glob("*.py")} <= tables
    assert {f"{folder}/" for folder in (*FOLDERS.split("|"), "clusters", "results")} <= tables


def test_the_site_shows_every_guide_and_every_page_of_results() -> None:
    text = (ROOT / "mkdocs.yml").read_text()
    shown = {path for pattern in re.findall(r": (\S+\.md)$", text, re.MULTILINE) for path in ROOT.glob(pattern)}
    assert {*ROOT.glob("docs/*.md"), *ROOT.glob("results/*/README.md"), ROOT / "CONTRIBUTING.md"} <= shown


def test_the_architecture_has_the_floors_of_every_contract() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert len(contracts()) >= 3 and all(f'<!-- make floors.of("{package}") -->' in text for package in contracts())
