"""A user's own file, together with the user's files that it imports."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from benchmark.plugins import is_users, parsed

PACKAGE = __name__.partition(".")[0]


def own_files(path: Path) -> list[Path]:
    """A user's file and the user's files that it imports, directly or not; no files of this package or installed ones.

    Only import statements are followed.
    """
    found, names = [path], imported(path)
    for name in names:  # grows while it is walked
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):  # not a module, but a name in one
            continue
        file = Path(spec.origin or "") if spec is not None else Path()
        if file.suffix != ".py" or file in found or not is_users(file):
            continue
        found.append(file)
        assert spec is not None
        names += imported(file, spec.parent or "")
    return found


def imported(path: Path, package: str = "") -> list[str]:
    """The modules that the file's import statements may mean; none if the file is not valid Python."""
    try:
        tree = parsed(path)
    except SyntaxError:
        return []
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return [name for name in dict.fromkeys(names) if name and name.partition(".")[0] != PACKAGE]
