"""Every table, every figure and the report of studies whose losses have different numbers of trials.

It mirrors no module: what there is to call is looked up, so that a new table or figure is tried too.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.unequal_studies import COUNTS, KINDS, unequal

from benchmark.analysis import figures as figures_package
from benchmark.analysis import report as report_package
from benchmark.analysis import tables as tables_package
from benchmark.analysis.figures.all_figures import figures
from benchmark.analysis.formats import HIGH_ENDS
from benchmark.analysis.report import report_html
from benchmark.analysis.tables import tables, tables_in_print
from benchmark.analysis.tables.search import ranking, winning
from benchmark.analysis.trials import checked, count_last_scores

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]

FURTHER = ("dataset", "evaluations", "folder", "found", "margin", "paper")
"""What functions of a table are given beside it."""
ALL = ("figures", "report_html", "tables")  # which call the others


def functions_of_tables() -> list[Callable[..., Any]]:
    """The public functions of tables, figures and report whose first argument is a table of trials, but those that write."""
    found = {}
    for package in (tables_package, figures_package, report_package):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if name.startswith("_") or name in ALL:
                    continue
                asked = [*inspect.signature(function).parameters]
                if function.__module__ == info.name and asked[:1] == ["table"] and "out" not in asked:
                    found[f"{info.name.removeprefix('benchmark.analysis.')}.{name}"] = function
    return [pytest.param(function, id=name) for name, function in found.items()]


@pytest.mark.parametrize("kind", ["two data sets", "seeds", "nothing but ends"])
@pytest.mark.parametrize("function", functions_of_tables())
def test_every_function_of_a_table_takes_unequal_numbers_of_trials(
    function: Callable[..., Any], kind: str, tmp_path: Path
) -> None:
    table, evaluations = unequal(kind)
    table = checked(table)
    asked = [name for name in inspect.signature(function).parameters if name in FURTHER]
    given = dict(evaluations=evaluations, folder=tmp_path, found={}, margin=1.0, paper=None)
    for dataset in table["dataset"].unique() if "dataset" in asked else [""]:
        made = function(table, **{name: dataset if name == "dataset" else given[name] for name in asked})
        if inspect.isgenerator(made):
            list(made)


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_has_numbers_that_can_be_true(kind: str) -> None:
    trials = checked(unequal(kind)[0])
    for table in (trials, count_last_scores(trials)):
        found = tables(table)
        report_html(table, margin=1.0, found=found)
        for name, rows in found.items():
            for low, high in HIGH_ENDS.items():
                if low in rows and high in rows:
                    known = rows[rows[low].notna() & np.isfinite(rows[low])]
                    assert (known[low] <= known[high]).all(), name
            for column in {"probability", "improvement", "p", "p_rank", "p_value", "share_of_settings"} & {*rows}:
                assert rows[column].dropna().between(0, 1).all(), (name, column)
        scored = set(table.loc[table["status"] == "ok", "name"])
        assert scored <= set(pd.concat([found["losses"]["loss"]]))
        if scored:
            assert scored <= set(found["robust"]["loss"]) and scored <= set(found["minimum-against-budget"]["loss"])
        assert tables_in_print(table, found).keys() == found.keys()


def test_unequal_searches_are_compared_for_as_many_samples_as_both_have() -> None:
    table = checked(unequal("search")[0])
    ended = {name: sum(table.query("loss == @name")["status"] != "pending") for name in COUNTS}
    pairs = winning(table).set_index(["first", "second"])
    assert pairs.loc[("LS GAN", "WGAN"), "k"].max() == min(ended["lsgan"], ended["wgan"]) > 2
    assert set(pairs[["n_first", "n_second"]].max(axis=1)) > {ended["lsgan"]} and ended["began"] == 0
    ranks = ranking(table)
    assert ranks["k"].unique().tolist() == [1] and ranks["rank"].sum() == pytest.approx(6 * 7 / 2)


def test_the_figures_of_an_unequal_search_show_each_of_its_losses(tmp_path: Path) -> None:
    table, evaluations = unequal("search")
    Image.new("L", (8, 8)).save(tmp_path / "samples.png")
    evaluations.to_csv(tmp_path / "evaluations.csv", index=False)
    drawn = dict(figures(checked(table.assign(picture="samples.png")), tmp_path))
    assert {"winning-mnist", "ranking-mnist", "minimum-against-budget-mnist", "samples-best-mnist"} <= drawn.keys()
    for figure in drawn.values():
        figure.draw_without_rendering()
    assert len([axes for axes in drawn["winning-mnist"].axes if axes.get_title()]) == len(COUNTS) - 2  # the baseline; pending
