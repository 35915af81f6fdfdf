"""Whoever looks for the tests of a module finds them under its own path.

It mirrors no module.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def mirrored(test: Path) -> bool:
    """Whether the file is named after a module, or after the package whose folder it mirrors or lies beside."""
    module = ROOT / "benchmark" / test.relative_to(ROOT / "tests").with_name(f"{test.stem.removeprefix('test_')}.py")
    package = module.parent if module.parent.name == module.stem else module.with_suffix("")
    return module.is_file() or (package / "__init__.py").is_file()


def test_a_test_file_mirrors_a_module_or_says_why_not() -> None:
    units = [p for p in (ROOT / "tests").rglob("test_*.py") if (ROOT / "tests" / "end_to_end") not in p.parents]
    assert len(units) > 50
    strays = [str(p) for p in units if not mirrored(p)]
    assert [p for p in strays if "mirrors no module" not in str(ast.get_docstring(ast.parse(Path(p).read_text())))] == []
