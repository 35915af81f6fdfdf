from __future__ import annotations

import pytest
from support.crossed_trials import crossed_study
from support.synthetic_trials import study

from benchmark.analysis.report.choices import choice_bars, which_choice
from benchmark.analysis.report.page import report_html
from benchmark.analysis.tables import tables
from benchmark.analysis.trials import checked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


def test_the_report_leads_with_the_choices_and_says_what_each_reaches() -> None:
    table = checked(crossed_study(4, losses=2, penalties=3, normalisations=3, diverged=0))
    found = tables(table)
    (bars,) = choice_bars(table, found)
    shares = found["factors"]
    assert [bar.factor for bar in bars.bars] == shares["factor"].tolist()
    assert [bar.share for bar in bars.bars] == pytest.approx((100 * shares["share"]).tolist())
    (paragraph,) = which_choice(table, found)
    best = found["combinations"].sort_values("geometric_mean").iloc[0]
    assert f"{best['loss']}, {best['penalty']}, {best['normalisation']}: {best['geometric_mean']:.2f}" in paragraph
    levels = found["factor-levels"]
    ten = levels[(levels["k"] == 10) & (levels["factor"] == "penalty")].set_index("level")["best_of_k"]
    assert f"no penalty {ten['no penalty']:.2f}" in paragraph
    page = report_html(table, found=found)
    assert page.index(bars.caption[:40]) < page.index(paragraph[:40]) < page.index("Summary")


def test_of_many_combinations_the_report_has_no_table_of_all_pairs() -> None:
    table = checked(crossed_study(2, losses=4, penalties=4, normalisations=3))
    found = tables(table)
    assert len(found["pairs"]) == 48 * 47 // 2
    assert "Losses in pairs" not in report_html(table, found=found)


def test_a_study_of_losses_alone_has_none() -> None:
    table = checked(study(3, 1, losses=("lsgan", "wgan")))
    assert choice_bars(table, {}) == [] and which_choice(table, {}) == []
