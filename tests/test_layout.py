"""The layout: tests are where a stranger looks for them, folders are small, one idea has one word. It mirrors no module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def mirrored(test: Path) -> bool:
    """Whether the file is named after a module, or after the package whose folder it mirrors or lies beside."""
    below = test.relative_to(ROOT / "tests").with_name(f"{test.stem.removeprefix('test_')}.py")
    for module in (ROOT / "benchmark" / below, ROOT / below):
        package = module.parent if module.parent.name == module.stem else module.with_suffix("")
        if module.is_file() or (package / "__init__.py").is_file():
            return True
    return False


def test_a_test_file_mirrors_a_module_or_says_why_not() -> None:
    units = [p for p in (ROOT / "tests").rglob("test_*.py") if (ROOT / "tests" / "end_to_end") not in p.parents]
    assert len(units) > 50
    strays = [str(p) for p in units if not mirrored(p)]
    assert [p for p in strays if "mirrors no module" not in str(ast.get_docstring(ast.parse(Path(p).read_text())))] == []


def test_no_folder_of_the_package_holds_more_than_about_ten_modules() -> None:
    folders = {path.parent for path in (ROOT / "benchmark").rglob("*.py")}
    sizes = {str(folder.relative_to(ROOT)): len(list(folder.glob("[!_]*.py"))) for folder in folders}
    # One file a loss, beside what all losses share: a folder that grows by design.
    assert {name: size for name, size in sizes.items() if size > 12 and name != "benchmark/losses"} == {}


RETIRED = (
    "Workshop",
    "Workplace",
    "Held",
    "Deposed",
    "Watcher",
    "Standing",
    "standing",
    "stays",
    "patient",
    "MEND",
    "me",
    "open_groups",
    "still_open",
    "unfinished",
    "missing",
    "dead_claims",
    "OwnedClaim",
    "Lab",
    "lab",
    "last_words",
    "settle",
)
"""Names that another one stands for: docs/architecture.md has the words of today."""


def test_no_name_of_the_package_is_a_retired_word() -> None:
    found = []
    for path in (ROOT / "benchmark").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in RETIRED:
                found.append(f"{path}: {node.name}")
            if (
                isinstance(node, ast.Attribute | ast.arg)
                and (node.attr if isinstance(node, ast.Attribute) else node.arg) in RETIRED
            ):
                found.append(f"{path}:{node.lineno}")
        found += [
            f"{path}: {w}" for w in re.findall(r"fmt: skip|study\.md|\bgroups? of trials\b", path.read_text(encoding="utf-8"))
        ]
    assert found == []
