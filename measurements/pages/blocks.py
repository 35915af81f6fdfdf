"""Numbers and tables in pages, made from published tables: ``make pages`` writes them, ``--check`` finds stale ones.

Comments in a page, invisible to readers, mark each place and give the expression for it::

    WGAN GP's mean is <!-- make study("fashion-standard-seeds").mean("WGAN GP") as .1f -->25.5<!-- end -->.

    <!-- make search.by_samples(study("fashion-standard").trials) -->

    | loss | k = 1 | ...

    <!-- end -->

The expression is Python and can use the modules in ``measurements/pages``; ``as`` sets a number's format. Tables are written
between blank lines, everything else within its line.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import measurements.pages
from benchmark.analysis.summary import as_markdown
from measurements.pages.published import published

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"<!-- make (?P<expression>.+?)(?: as (?P<format>\S+))? -->(?P<content>(?:(?!<!-- make ).)*?)<!-- end -->", re.DOTALL
)
MARK = re.compile(r"<!-- (?:make .+?|end) -->", re.DOTALL)


def makers() -> dict[str, Any]:
    """The names that expressions can use: the modules of this folder, and ``study``, which reads a published study."""
    names = [module.name for module in pkgutil.iter_modules(measurements.pages.__path__)]
    return {**{name: importlib.import_module(f"measurements.pages.{name}") for name in names}, "study": published}


def made(expression: str, form: str | None, names: Mapping[str, Any]) -> str:
    """The text for an expression, to be written between its marks.

    Raises:
        ValueError: the expression fails, or its value cannot be shown in a page.
    """
    try:
        value = eval(expression, dict(names))  # from our own pages only
        if isinstance(value, pd.DataFrame):
            return f"\n\n{as_markdown(value).strip()}\n\n"
        return format(value, form or "")
    except Exception as error:
        raise ValueError(f"{' '.join(expression.split())}: {type(error).__name__}: {error}") from error


def renewed(text: str, names: Mapping[str, Any]) -> str:
    """The page's text with every block recomputed.

    Raises:
        ValueError: an expression fails, or a mark lacks its counterpart.
    """
    if stray := MARK.search(BLOCK.sub("", text)):
        raise ValueError(f"{stray[0]}: a mark without its counterpart.")

    def block(found: re.Match[str]) -> str:
        begin = found[0][: found.start("content") - found.start()]
        return f"{begin}{made(found['expression'], found['format'], names)}<!-- end -->"

    return BLOCK.sub(block, text)


def pages(root: Path = ROOT) -> list[Path]:
    """All pages of the project."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("results/**/*.md")])


def renew(paths: Sequence[Path], *, check: bool) -> list[str]:
    """Rewrites the pages' blocks, or with ``check`` only looks; returns a line for each stale page and each error."""
    names, lines = makers(), []
    for path in paths:
        text = path.read_text()
        try:
            new = renewed(text, names)
        except ValueError as error:
            lines.append(f"{path}: {error}")
            continue
        if new != text:
            stale = [a["expression"] for a, b in zip(BLOCK.finditer(text), BLOCK.finditer(new), strict=True) if a[0] != b[0]]
            lines.append(f"{path}: {'stale' if check else 'written'}: {', '.join(stale)}")
            if not check:
                path.write_text(new)
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path, help="pages to renew [default: all]")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a block is stale")
    chosen = parser.parse_args()
    if missing := [path for path in chosen.pages if not path.is_file()]:
        parser.error(f"no page at {missing[0]}")
    lines = renew(chosen.pages or pages(), check=chosen.check)
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(bool(lines) and (chosen.check or any(": stale" not in line and ": written" not in line for line in lines)))
