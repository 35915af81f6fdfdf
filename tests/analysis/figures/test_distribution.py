from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from benchmark.analysis.figures.distribution import gallery, median_trials, save, score_distribution
from benchmark.analysis.trials import checked


def trials(loss: str, scores: Sequence[float] = (), **without: int) -> pd.DataFrame:
    """A table as the store makes it; ``without`` counts the trials of each status that has no score."""
    rows = [("ok", s) for s in scores]
    rows += [(status, np.inf if status == "diverged" else None) for status, count in without.items() for _ in range(count)]
    common = {"loss": loss, "dataset": "fashion-mnist", "budget": "quick", "steps": 15_625, "score": "fid_classifier"}
    return pd.DataFrame([common | {"status": status, "best": best} for status, best in rows])


def points(figure: Figure) -> list[np.ndarray]:
    """The points of each scatter, as (score, height)."""
    return [np.asarray(collection.get_offsets()) for collection in figure.axes[0].collections]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_finished_run_is_a_point_in_its_losss_row() -> None:
    scores = {"nsgan": [10.0, 12.0, 90.0, 11.0, 10.5, 10.7], "wgan": [20.0, 21.0]}
    figure = score_distribution(pd.concat([trials(loss, s) for loss, s in scores.items()]))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["WGAN", "NS GAN"]  # from the bottom: the paper's order reads from the top
    drawn = {labels[round(p[:, 1].mean())]: sorted(p[:, 0]) for p in points(figure)}
    assert drawn == {"NS GAN": sorted(scores["nsgan"]), "WGAN": scores["wgan"]}
    low, high = figure.axes[0].get_xlim()
    assert low < 10 and high > 90  # no outlier is cut off


def test_runs_without_a_score_are_counted_in_words() -> None:
    figure = score_distribution(trials("wgan", [20.0, 21.0], diverged=3, failed=1, pending=2))
    assert texts(figure) == ["n = 2, 3 diverged, 1 failed, 2 pending"]
    assert sum(len(p) for p in points(figure)) == 2


def test_a_loss_without_a_finished_run_keeps_its_row() -> None:
    figure = score_distribution(pd.concat([trials("mmgan", diverged=2), trials("wgan", [20.0, 21.0])]))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["WGAN", "MM GAN"]
    assert "n = 0, 2 diverged" in texts(figure)
    low, high = figure.axes[0].get_ylim()
    assert low < 0 and high > 1


def test_a_table_without_any_finished_run_is_drawn(tmp_path: Path) -> None:
    figure = score_distribution(trials("mmgan", diverged=1, pending=1))
    save(figure, tmp_path / "figure.png")
    assert texts(figure) == ["n = 0, 1 diverged, 1 pending"]


def test_one_run_is_one_point() -> None:
    figure = score_distribution(trials("mine@123", [20.0]))
    assert [p[:, 0].tolist() for p in points(figure)] == [[20.0]]
    assert texts(figure) == ["n = 1"]


def test_the_mean_of_the_runs_is_shown() -> None:
    figure = score_distribution(trials("wgan", [1.0, 2.0, 9.3]))  # mean 4.1; median 2, quartiles 1.5 and 5.65
    drawn = [x for line in figure.axes[0].lines for x in np.atleast_1d(line.get_xdata())]
    assert any(x == pytest.approx(4.1) for x in drawn) or any("4.1" in text for text in texts(figure))


def test_axis_and_title_say_what_was_measured() -> None:
    axes = score_distribution(trials("wgan", [20.0])).axes[0]
    assert "FID (features of the embedded classifier)" in axes.get_xlabel() and "lower is better" in axes.get_xlabel()
    assert axes.get_title() == "Fashion-MNIST, budget quick: 15,625 steps"


def test_save_writes_the_format_that_the_ending_names(tmp_path: Path) -> None:
    figure = score_distribution(trials("wgan", [20.0, 21.0]))
    save(figure, tmp_path / "new" / "folder" / "fid.png")
    assert (tmp_path / "new" / "folder" / "fid.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    save(figure, tmp_path / "fid.svg")
    assert "<svg" in (tmp_path / "fid.svg").read_text()


def test_the_same_table_gives_the_same_picture() -> None:
    table = trials("wgan", [20.0, 21.0, 25.0])
    np.testing.assert_array_equal(points(score_distribution(table))[0], points(score_distribution(table))[0])


def test_the_median_run_of_each_loss_is_an_actual_run_in_the_papers_order() -> None:
    table = pd.DataFrame(
        {
            "loss": ["vae"] * 3 + ["mmgan"] * 4 + ["wgan"],
            "dataset": "mnist",
            "score": "fid_classifier",
            "status": ["ok"] * 7 + ["failed"],
            "best": [3.0, 1.0, 2.0, 40.0, 10.0, 30.0, 20.0, None],
        }
    )
    medians = median_trials(checked(table))
    assert medians["loss"].tolist() == ["mmgan", "vae"]
    assert medians["best"].tolist() == [20.0, 2.0]  # of an even number the lower one


def test_no_finished_run_has_no_median() -> None:
    assert median_trials(checked(trials("vae", failed=1))).empty


def test_the_gallery_shows_every_picture_under_its_title(tmp_path: Path) -> None:
    pictures = {}
    for i in range(5):
        Image.new("RGB", (8, 8), (50 * i, 0, 0)).save(tmp_path / f"{i}.png")
        pictures[f"loss {i}"] = tmp_path / f"{i}.png"
    figure = gallery(pictures, columns=4)
    shown = [axes for axes in figure.axes if axes.get_images()]
    assert [axes.get_title() for axes in shown] == list(pictures)
    assert shown[3].get_images()[0].get_array()[0, 0, 0] == pytest.approx(150 / 255, abs=0.01)
