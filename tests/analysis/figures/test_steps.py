"""The figure of the score against the steps of a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.steps import step_curves
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.trials import checked


def seeds() -> pd.DataFrame:
    return checked(study(1, 4, losses=("lsgan", "nsgan"), diverged=0, failed=0, steps=400))


def evaluated(trials: pd.DataFrame) -> pd.DataFrame:
    """Runs scored 10, 11, 12, 13 after 100 steps, half of it after 200, and at the end as high as at first."""
    first = 10.0 + trials.groupby("loss").cumcount()
    parts = [trials.assign(step=step, value=first * factor) for step, factor in ((100, 1.0), (200, 0.5), (400, 1.0))]
    rows, score = pd.concat(parts), str(trials["score"].iloc[0])
    return rows[["id", "step"]].assign(**{score: rows["value"]})


def test_a_panel_shows_every_run_as_scored_and_the_mean_of_the_lowest_scores_with_its_interval() -> None:
    trials = seeds()
    figure = step_curves(trials, "fashion-mnist", evaluated(trials))
    assert figure is not None
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == ["NS GAN (n = 4)", "LS GAN (n = 4)"]
    _other, *runs, mean = [np.array(line.get_ydata(), float) for line in panels[0].get_lines()]
    assert np.allclose(sorted(runs, key=list), [[a, a / 2, a] for a in (10, 11, 12, 13)])
    assert np.allclose(mean, [11.5, 5.75, 5.75])  # once low, a run's score is low
    (bars,) = panels[0].collections
    drawn = [(path.vertices[0, 1], path.vertices[1, 1]) for path in bars.get_paths()]
    at = pd.Series([10.0, 11.0, 12.0, 13.0])
    assert np.allclose(drawn, [mean_interval(at), mean_interval(at / 2), mean_interval(at / 2)])
    assert [label.get_text() for label in panels[0].get_xticklabels()] == ["100", "200", "400"]
    assert "training steps" in words(figure)


def test_runs_without_a_score_are_left_out_and_counted_in_n() -> None:
    trials = seeds()
    lost = trials["id"] == trials["id"].iloc[0]
    values = ["best", "last", "value"]
    trials.loc[lost, "status"], trials.loc[lost, [c for c in values if c in trials]] = "failed", np.nan
    evaluations = evaluated(trials)
    figure = step_curves(trials, "fashion-mnist", evaluations[~evaluations["id"].isin(trials.loc[lost, "id"])])
    assert figure is not None and "NS GAN (n = 3)" in words(figure)


def test_runs_that_diverge_after_an_evaluation_are_in_no_mean() -> None:
    trials = seeds()
    evaluations = evaluated(trials)
    gone = trials["name"] == "NS GAN"
    trials.loc[gone, "status"] = "diverged"
    of_gone = evaluations["id"].isin(trials.loc[gone, "id"])
    figure = step_curves(trials, "fashion-mnist", evaluations[~of_gone | (evaluations["step"] == 100)])
    assert figure is not None and "LS GAN (n = 4)" in words(figure) and "NS GAN" not in words(figure)


def test_without_seeds_or_evaluations_there_is_no_figure() -> None:
    trials = seeds()
    evaluations = evaluated(trials)
    assert step_curves(trials, "fashion-mnist", None) is None
    assert step_curves(trials, "mnist", evaluations) is None
    assert step_curves(trials, "fashion-mnist", evaluations[evaluations["step"] == 400]) is None
    search = checked(study(5, 1, losses=("lsgan", "nsgan"), diverged=0, failed=0))
    assert step_curves(search, "fashion-mnist", evaluated(search)) is None
