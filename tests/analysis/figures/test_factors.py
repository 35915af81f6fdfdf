from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure
from support.crossed_trials import crossed_study
from support.figure_faults import text_faults
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.all_figures import CROSSED, figures
from benchmark.analysis.figures.factors import combination_grid, factor_bars, level_curves
from benchmark.analysis.tables.factors import REST
from benchmark.analysis.trials import checked

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return checked(crossed_study(4, diverged=0.05))


@pytest.fixture(scope="module")
def drawn(table: pd.DataFrame) -> dict[str, Figure]:
    return dict(figures(table, None, {}))


def test_the_largest_bar_is_on_top_and_the_rest_at_the_bottom() -> None:
    shares = pd.DataFrame(
        {"dataset": "fashion-mnist", "factor": ["penalty", "loss", "loss x penalty", REST], "choices": [1, 1, 2, 0]}
    )
    shares = shares.assign(share=[0.5, 0.2, 0.1, 0.2], low=0.1, high=0.6, n=40, combinations=4, over="seeds")
    figure = factor_bars(checked(crossed_study(1, 2, penalties=2, normalisations=1)), "fashion-mnist", shares)
    assert figure is not None
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == shares["factor"].tolist() and axes.get_ylim()[
        0
    ] > axes.get_ylim()[1]
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.2, 0.1, 0.2] and "50%" in words(figure)


def test_a_crossed_study_begins_with_what_matters_and_draws_nothing_for_each_of_many_combinations(
    drawn: dict[str, Figure],
) -> None:
    assert list(drawn) == ["sensitivity-fashion-mnist", "distribution", "hyperparameters-fashion-mnist"]
    few = checked(crossed_study(4, losses=2, penalties=2, normalisations=1))
    names = [name for name, _ in figures(few)]
    assert names[:3] == [f"{name}-fashion-mnist" for name in CROSSED] and "minimum-against-budget-fashion-mnist" in names
    assert not any(name.startswith("importance") for name in names)


def test_panels_are_by_the_other_choices(drawn: dict[str, Figure]) -> None:
    titles = [axes.get_title() for axes in drawn["distribution"].axes]
    assert {title.rpartition(": ")[2] for title in titles} == {"batch norm", "layer norm", "no normalisation", "spectral norm"}
    assert len(drawn["sensitivity-fashion-mnist"].axes) == 16
    for name in ("sensitivity-fashion-mnist", "hyperparameters-fashion-mnist"):
        assert "DRAGAN's penalty" in words(drawn[name])
    limits = {axes.get_xlim() for axes in drawn["distribution"].axes}
    assert len(limits) == 1


def test_every_text_can_be_read(table: pd.DataFrame, drawn: dict[str, Figure]) -> None:
    for draw in (factor_bars, level_curves, combination_grid):
        figure = draw(table, "fashion-mnist")
        assert figure is not None and text_faults(figure) == [], draw
    for name, figure in drawn.items():
        assert text_faults(figure) == [], name


def test_the_grid_has_a_cell_for_each_combination_and_the_lowest_in_a_frame(table: pd.DataFrame) -> None:
    figure = combination_grid(table, "fashion-mnist")
    assert figure is not None and len(figure.axes) == 4
    cells = [cell for axes in figure.axes for cell in axes.patches]
    assert len(cells) == 64 and sum(cell.get_linewidth() == 2.5 for cell in cells) == 1


def test_a_table_that_crosses_nothing_has_none() -> None:
    old = checked(study(3, 1, losses=("lsgan", "wgan")))
    assert [draw(old, "fashion-mnist") for draw in (factor_bars, level_curves, combination_grid)] == [None] * 3
