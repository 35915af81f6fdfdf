from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmark.analysis.figures.distribution import score_distribution
from benchmark.analysis.figures.panels import save
from benchmark.analysis.trials import checked


def trials(loss: str, scores: Sequence[float] = (), **without: int) -> pd.DataFrame:
    """A table as the store makes it; ``without`` counts the trials of each status that has no score."""
    rows = [("ok", s) for s in scores]
    rows += [(status, np.inf if status == "diverged" else None) for status, count in without.items() for _ in range(count)]
    common = {
        "loss": loss,
        "dataset": "fashion-mnist",
        "budget": "custom",
        "steps": 15_625,
        "width": 0.5,
        "score": "fid_classifier",
    }
    return pd.DataFrame([common | {"status": status, "best": best} for status, best in rows])


def points(figure: Figure) -> list[np.ndarray]:
    """The points of each scatter, as (score, height)."""
    return [np.asarray(collection.get_offsets()) for collection in figure.axes[0].collections]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_finished_run_is_a_point_in_its_losss_row() -> None:
    scores = {"nsgan": [10.0, 12.0, 90.0, 11.0, 10.5, 10.7], "wgan": [20.0, 21.0]}
    figure = score_distribution(checked(pd.concat([trials(loss, s) for loss, s in scores.items()])))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["WGAN", "NS GAN"]  # from the bottom: the paper's order reads from the top
    drawn = {labels[round(p[:, 1].mean())]: sorted(p[:, 0]) for p in points(figure)}
    assert drawn == {"NS GAN": sorted(scores["nsgan"]), "WGAN": scores["wgan"]}
    low, high = figure.axes[0].get_xlim()
    assert low < 10 and high > 90  # no outlier is cut off


def test_runs_without_a_score_are_counted_in_words() -> None:
    figure = score_distribution(checked(trials("wgan", [20.0, 21.0], diverged=3, failed=1, pending=2)))
    assert texts(figure) == ["n = 2, 3 diverged, 1 failed, 2 pending"]
    assert sum(len(p) for p in points(figure)) == 2


def test_a_loss_without_a_finished_run_keeps_its_row() -> None:
    figure = score_distribution(checked(pd.concat([trials("mmgan", diverged=2), trials("wgan", [20.0, 21.0])])))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["WGAN", "MM GAN"]
    assert "n = 0, 2 diverged" in texts(figure)
    low, high = figure.axes[0].get_ylim()
    assert low < 0 and high > 1


def test_a_table_without_any_finished_run_is_drawn(tmp_path: Path) -> None:
    figure = score_distribution(checked(trials("mmgan", diverged=1, pending=1)))
    save(figure, tmp_path / "figure.png")
    assert texts(figure) == ["n = 0, 1 diverged, 1 pending"]


def test_one_run_is_one_point() -> None:
    figure = score_distribution(checked(trials("mine@123", [20.0])))
    assert [p[:, 0].tolist() for p in points(figure)] == [[20.0]]
    assert texts(figure) == ["n = 1"]


def test_the_mean_of_the_runs_is_shown() -> None:
    figure = score_distribution(checked(trials("wgan", [1.0, 2.0, 9.3])))  # mean 4.1; median 2, quartiles 1.5 and 5.65
    drawn = [x for line in figure.axes[0].lines for x in np.atleast_1d(line.get_xdata())]
    assert any(x == pytest.approx(4.1) for x in drawn) or any("4.1" in text for text in texts(figure))


def test_a_box_is_drawn_from_ten_runs_on_and_the_legend_names_what_is_drawn() -> None:
    for n in (9, 10):
        figure = score_distribution(checked(trials("wgan", [1.0 + i**2 for i in range(n)])))  # the last is no whisker's end
        lines = [sorted(set(np.atleast_1d(line.get_xdata()))) for line in figure.axes[0].lines]
        marks = [x[0] for x in lines if len(x) == 1]
        values = pd.Series([1.0 + i**2 for i in range(n)])
        assert values.mean() in marks and values.median() in marks
        quartiles = [values.quantile(0.25), values.quantile(0.75)]
        assert (quartiles in lines) == (n >= 10)
        (legend,) = figure.legends
        named = [text.get_text() for text in legend.get_texts()]
        assert named[:2] == ["median", "mean"] and len(named) == 2 + (n >= 10)


def test_axis_and_title_say_what_was_measured() -> None:
    figure = score_distribution(checked(trials("wgan", [20.0])))
    (axes,), label = figure.axes, " ".join(figure.get_supxlabel().split())
    assert "FID (features of the embedded classifier)" in label and "lower is better" in label
    assert axes.get_title() == "Fashion-MNIST: 15,625 steps, width 0.5"


def test_the_same_table_gives_the_same_picture() -> None:
    table = checked(trials("wgan", [20.0, 21.0, 25.0]))
    np.testing.assert_array_equal(points(score_distribution(table))[0], points(score_distribution(table))[0])
