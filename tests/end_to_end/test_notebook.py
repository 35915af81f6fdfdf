"""The notebook runs from the top, its committed outputs are those that it has now, and its code is short."""

from __future__ import annotations

import nbformat

from notebooks.execute import NOTEBOOK, executed


def texts(notebook: nbformat.NotebookNode) -> list[tuple[int, list[str]]]:
    """Of each cell of code the text of its outputs; a picture counts as the word picture."""
    found = []
    for i, cell in enumerate(notebook.cells):
        data = [output.get("data", {}) for output in cell.get("outputs", [])]
        found.append(
            (i, ["picture" if "image/png" in d else str(d.get("text/markdown", d.get("text/plain", ""))) for d in data])
        )
    return [(i, shown) for i, shown in found if shown]


def test_the_notebook_runs_and_its_committed_outputs_are_current() -> None:
    committed, fresh = nbformat.read(NOTEBOOK, as_version=4), executed(NOTEBOOK)
    assert sum(shown.count("picture") for _, shown in texts(fresh)) >= 5
    assert texts(fresh) == texts(committed), "results/ have changed: run 'make notebook' and read its text again"


def test_the_notebook_says_before_each_output_what_to_see_and_keeps_its_code_in_the_package() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    lines = [len([line for line in c.source.splitlines() if line.strip()]) for c in cells if c.cell_type == "code"]
    assert max(lines) <= 6
    before = [cells[i - 1].cell_type for i, cell in enumerate(cells) if cell.get("outputs")]
    assert set(before) == {"markdown"}
