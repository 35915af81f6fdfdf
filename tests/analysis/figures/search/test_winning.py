"""The figure of how many settings it takes to prefer a loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.search.winning import winning_curves
from benchmark.analysis.statistics.search import Search, probability_of_winning
from benchmark.analysis.tables.search import searches
from benchmark.analysis.trials import checked


def table() -> pd.DataFrame:
    """A search whose validation scores are its test scores."""
    made = study(8, 1, losses=("lsgan", "nsgan", "vae"), diverged=0, failed=0)
    return checked(made.assign(validation=made["best"], selected=made["best"], steps=400))


def evaluated(trials: pd.DataFrame) -> pd.DataFrame:
    """Each run scored after 200 steps, twice as high and in another order, and after 400."""
    early = trials.assign(step=200, value=2 * trials["best"].to_numpy()[::-1])
    rows = pd.concat([early, trials.assign(step=400, value=trials["best"])])
    score = str(trials["score"].iloc[0])
    return rows[["id", "step"]].assign(**{score: rows["value"], f"{score}_validation": rows["value"]})


def test_each_loss_has_a_panel_against_ns_gan_with_its_probability_and_those_of_fewer_steps() -> None:
    trials = table()
    figure = winning_curves(trials, "fashion-mnist", evaluated(trials))
    assert figure is not None
    text = " ".join(words(figure).split())
    assert "probability of ending below NS GAN" in text and "200 steps" in text and "colour: 400 steps" in text
    shown = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in shown] == ["LS GAN (n = 8)", "VAE (n = 8)"]
    ((_, found),) = searches(trials)
    lines = shown[0].get_lines()
    grey, drawn = lines[0], lines[1]
    assert drawn.get_ydata()[-1] == probability_of_winning(found["LS GAN"], found["NS GAN"], 4)
    by = {name: of["best"].to_numpy() for name, of in evaluated_early(trials).groupby("name", sort=False)}
    early = {name: Search.of(values, values) for name, values in by.items()}
    assert grey.get_ydata()[0] == probability_of_winning(early["LS GAN"], early["NS GAN"], 1)


def evaluated_early(trials: pd.DataFrame) -> pd.DataFrame:
    return trials.assign(best=2 * trials["best"].to_numpy()[::-1])


def test_without_evaluations_there_are_no_grey_lines_and_without_a_search_no_figure() -> None:
    trials = table()
    figure = winning_curves(trials, "fashion-mnist")
    assert figure is not None and "grey" not in words(figure)
    assert winning_curves(trials[trials["name"] == "VAE"], "fashion-mnist") is None
    assert winning_curves(trials.assign(validation=np.nan), "fashion-mnist") is None
    assert winning_curves(trials, "mnist") is None
