from __future__ import annotations

import pandas as pd
import pytest
from support.synthetic_trials import study

from benchmark.analysis.report import report_html
from benchmark.analysis.report.what_matters import importance_bars, what_matters
from benchmark.analysis.tables import tables
from benchmark.analysis.trials import checked

pytestmark = pytest.mark.slow


def test_a_search_says_what_matters_with_its_numbers() -> None:
    table = checked(study(12, 1, losses=("lsgan", "wgan", "vae"), diverged=0, failed=0))
    found = tables(table)
    (text,) = what_matters(table, found)
    gans = found["headline"].set_index("of").loc["the GANs"]
    rate = found["importance"].set_index(["of", "factor"]).loc[("the GANs", "learning rate")]
    assert f"learning rate {rate['share']:.0%} ({rate['low']:.0%} to {rate['high']:.0%})" in text
    assert f"{rate['cubic']:.0%}" in text and f"{gans['spread']:.2f} ({gans['spread_low']:.2f} to" in text
    (bars,) = importance_bars(table, found)
    assert bars.bars[0].factor == "learning rate" and len(bars.bars) == 7
    page = report_html(table, found=found)
    assert page.index('class="bars"') < page.index("Summary</caption>") and text.split(".")[0][:40] in page


def test_seeds_have_the_headline_and_no_bars() -> None:
    table = checked(study(1, 4, losses=("lsgan", "wgan"), diverged=0, failed=0))
    found = tables(table)
    (text,) = what_matters(table, found)
    assert "A factor of" in text and "learning rate" not in text and importance_bars(table, found) == []
    assert 'class="bars"' not in report_html(table, found=found)


def test_bests_at_the_end_of_a_range_are_named() -> None:
    table = checked(study(1, 1, losses=("lsgan",)))
    ends = {"dataset": "fashion-mnist", "hyperparameter": "learning rate", "best": 0.0099, "end": "upper"}
    rows = pd.DataFrame([ends | {"loss": "LS GAN"}, ends | {"loss": "WGAN", "hyperparameter": "clip", "best": 0.5}])
    (text,) = what_matters(table, {"range-ends": rows})
    assert "learning rate: LS GAN (0.0099, upper); clip: WGAN (0.5, upper)" in text


def test_one_trial_says_nothing() -> None:
    table = checked(study(1, 1, losses=("lsgan",), diverged=0, failed=0))
    assert what_matters(table, tables(table)) == [] and importance_bars(table, tables(table)) == []
