"""Every text of every figure can be read: none is cut off, and none is over another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support.crossed_trials import crossed_study
from support.figure_faults import text_faults
from support.synthetic_trials import LIKE_THE_PAPER, study

from benchmark.analysis.figures.all_figures import figures
from benchmark.analysis.figures.panels import panels
from benchmark.analysis.figures.texts import LETTERS, fitted, label_y
from benchmark.analysis.trials import checked, count_last_scores
from benchmark.evaluations import EVALUATIONS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]

THREE = ("nsgan", "wgangp", "began")


def search() -> pd.DataFrame:
    """A search that chooses by validation."""
    table = study(12, 1, losses=(*THREE, "lsgan", "vae"), failed=0.1, score="fid_layers")
    return table.assign(validation=table["best"], selected=table["best"])


def own() -> pd.DataFrame:
    """Few trials with long names, some of which diverged after they had a score."""
    table = study(5, 1, losses=("lsgan", "my_relativistic_average_hinge@0123456789ab"), diverged=0.3, variant="v1")
    lost = table["status"] == "diverged"
    table = table.assign(optimiser="rmsprop", best_before_divergence=np.where(lost, 50.0, np.nan))
    return count_last_scores(checked(table))


TABLES = {
    "search": search,
    "search of one loss": lambda: study(4, 1, losses=("lsgan",), score="fid_layers"),
    "seeds": lambda: study(1, 12, losses=(*THREE, "lsgan", "vae"), score="fid_layers"),
    "seeds as in the paper": lambda: study(1, 3, losses=THREE, datasets=("mnist",), **LIKE_THE_PAPER),
    "data sets": lambda: study(5, 3, losses=THREE, datasets=("mnist", "triangles", "cifar10-jpeg"), manifold=True),
    "own losses": own,
    "crossed": lambda: crossed_study(4, losses=2, penalties=2, normalisations=2),
    "no score": lambda: study(2, 1, losses=THREE, diverged=1),
}


@pytest.mark.parametrize("kind", TABLES)
def test_no_text_is_cut_off_or_over_another(kind: str, tmp_path: Path) -> None:
    table = checked(TABLES[kind]()).assign(picture="samples.png")
    Image.new("L", (8, 8)).save(tmp_path / "samples.png")
    score = str(table["score"].iloc[0])
    ended = table[table["status"] == "ok"]
    rows = [ended.assign(step=step, value=ended["best"] * factor) for step, factor in ((250, 3.0), (500, 2.0), (1000, 1.0))]
    scores = pd.concat(rows).assign(**{score: lambda t: t["value"], f"{score}_validation": lambda t: t["value"]})
    scores[["id", "step", score, f"{score}_validation"]].to_csv(tmp_path / EVALUATIONS, index=False)
    faults = {name: found for name, figure in figures(table, tmp_path) if (found := text_faults(figure))}
    assert faults == {}, faults


def test_a_label_that_is_too_long_and_a_title_over_another_are_found() -> None:
    figure, grid = panels(2, 2.0, 2.0)
    assert text_faults(figure) == []
    figure.supylabel("a label of far more letters than two inches have room for")
    for axes in grid:
        axes.set_title("a title as wide as both of the panels")
    kinds = [fault.partition(":")[0] for fault in text_faults(figure)]
    assert "outside" in kinds and "overlap" in kinds
    label_y(figure, "a label of far more letters than two inches have room for")
    for axes in grid:
        axes.set_title("a title")
    assert text_faults(figure) == []


@given(st.text("ab -\n", max_size=80), st.floats(0.1, 3))
def test_a_text_keeps_its_words_and_has_the_fewest_lines_that_fit(text: str, inches: float) -> None:
    found = fitted(text, inches, 8)
    assert "".join(found.split()) == "".join(text.split())
    most = max(1, int(LETTERS * inches / 8))
    assert all(len(line) <= most for line in found.split("\n"))
    assert fitted(found, inches, 8) == found


def test_lines_are_about_as_long() -> None:
    assert fitted("one two three four", 1.0, 8) == "one two\nthree four"
