"""The figure of the ranking as a function of samples and steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.search.ranking import ranking_curves
from benchmark.analysis.tables.search import ranking, winning
from benchmark.analysis.trials import checked


def table() -> pd.DataFrame:
    """A search whose validation scores are its test scores; on average NS GAN is below LS GAN, and the VAE above."""
    made = study(20, 1, losses=("lsgan", "nsgan", "vae"), diverged=0, failed=0)
    noise = np.random.default_rng(0).normal(size=len(made))
    made["best"] = 100 + 10 * (noise + made["loss"].map({"nsgan": 0.0, "lsgan": 2.0, "vae": 4.0}))
    return checked(made.assign(validation=made["best"], selected=made["best"], steps=400))


def evaluated(trials: pd.DataFrame) -> pd.DataFrame:
    """Each run scored after 200 steps, higher and all losses alike, and after 400."""
    rows = pd.concat(
        [
            trials.assign(step=200, value=1000.0 + trials.groupby("loss").cumcount()),
            trials.assign(step=400, value=trials["best"]),
        ]
    )
    score = str(trials["score"].iloc[0])
    return rows[["id", "step"]].assign(**{score: rows["value"], f"{score}_validation": rows["value"]})


def test_each_number_of_steps_has_a_panel_of_ranks_that_says_how_many_pairs_are_known() -> None:
    trials = table()
    figure = ranking_curves(trials, "fashion-mnist", evaluated(trials))
    assert figure is not None
    early, _, late, intervals = figure.axes
    assert " ".join(early.get_title().split()) == "200 steps: 0 of 3 pairs told apart by searches of k = 10"
    pairs = winning(trials)
    known = pairs[(pairs["k"] == 10) & ((pairs["low"] > 0.5) | (pairs["high"] < 0.5))]
    told = " ".join(late.get_title().split())
    assert len(known) and told == f"400 steps: {len(known)} of 3 pairs told apart by searches of k = 10"
    for axes, ranks in ((early, [2, 2, 2]), (late, [1, 2, 3])):
        drawn = [line.get_ydata()[-1] for line in axes.get_lines()[:3]]
        assert np.allclose(np.array(drawn, float), ranks, atol=0.1)
    bars = np.array([line.get_ydata() for line in intervals.get_lines()[:6:2]], float)
    at_most = ranking(trials).query("k == 10")
    assert np.allclose(bars, at_most[["low", "high"]].to_numpy())
    marks = [line.get_ydata()[0] for line in intervals.get_lines()[1:6:2]]
    assert np.allclose(marks, at_most["rank"]) and "k = 10" in intervals.get_title()
    assert all(name in words(figure) for name in ("LS GAN", "NS GAN", "VAE"))
    assert late.get_ylim()[0] > late.get_ylim()[1]  # the best is at the top


def test_without_evaluations_there_is_one_panel_and_without_a_search_no_figure() -> None:
    trials = table()
    figure = ranking_curves(trials, "fashion-mnist")
    assert figure is not None and len(figure.axes) == 2
    assert ranking_curves(trials[trials["name"] == "VAE"], "fashion-mnist") is None
    assert ranking_curves(trials.assign(validation=np.nan), "fashion-mnist") is None
    assert ranking_curves(trials, "mnist") is None
