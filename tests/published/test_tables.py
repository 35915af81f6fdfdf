"""Every published table, and the settings that ship with the package, are what the trials give.

It mirrors no module.
"""

from __future__ import annotations

import pandas as pd
import pytest
from support.published_studies import ROOT, STUDIES

from benchmark.analysis.summary import as_markdown, as_text, summarise
from benchmark.analysis.tables import tables
from benchmark.analysis.trials import checked
from benchmark.study.planning.defaults import TUNED_TABLE
from benchmark.study.planning.studyfile import find_study
from benchmark.study.trial import RESULT_VERSION
from measurements.tuned_defaults import tuned

OF_QUICK = [("quick", "mnist", ("mnist-quick",)), ("quick", "triangles", ("triangles-quick",))]


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(STUDIES.glob("*/trials.csv"))])
def test_a_summary_shows_the_numbers_of_its_trials_which_all_ended_on_a_clean_commit(name: str) -> None:
    folder = ROOT / "results" / "studies" / name
    trials = pd.read_csv(folder / "trials.csv")
    assert (folder / "summary.md").read_text() == as_markdown(as_text(summarise(trials)))
    assert not (trials["status"] == "pending").any() and not trials["dirty"].any()
    assert (trials["result_version"] == RESULT_VERSION).all()
    planned = find_study(name)
    assert (trials.groupby("loss")["sample"].nunique() == (1 if planned.source else planned.samples)).all()


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(STUDIES.glob("*/trials.csv"))])
def test_the_published_tables_are_what_the_trials_give(name: str) -> None:
    folder = STUDIES / name
    found = tables(checked(pd.read_csv(folder / "trials.csv")))
    published = {path.stem for path in (folder / "analysis").glob("*.csv")}
    assert published == found.keys() and (folder / "analysis" / "report.html").exists()
    for table, rows in found.items():
        shown = pd.read_csv(folder / "analysis" / f"{table}.csv")
        pd.testing.assert_frame_equal(shown, rows.reset_index(drop=True), check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize(
    ("budget", "dataset", "studies"), [("standard", "fashion-mnist", ("fashion-standard", "fashion-fitted")), *OF_QUICK]
)
def test_the_settings_that_ship_with_the_package_are_the_best_of_the_published_searches(
    budget: str, dataset: str, studies: tuple[str, ...]
) -> None:
    shipped = pd.read_csv(TUNED_TABLE)
    pd.testing.assert_frame_equal(shipped, tuned(), check_dtype=False)
    searches = pd.concat([pd.read_csv(STUDIES / study / "trials.csv") for study in studies], ignore_index=True)
    for loss, rows in searches.groupby("loss"):
        best = rows.loc[rows["validation"].idxmin()]
        chosen = shipped[(shipped["loss"] == loss) & (shipped["budget"] == budget) & (shipped["dataset"] == dataset)]
        (row,) = chosen.to_dict("records")
        assert row["sample"] == best["sample"] and row["h_learning_rate"] == best["h_learning_rate"]
