from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.all_figures import figures, write_figures
from benchmark.analysis.trials import checked, count_last_scores
from benchmark.plugins import UserError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


def test_one_trial_is_a_point_that_says_n_is_one() -> None:
    table = checked(study(1, 1, losses=("lsgan", "wgan"), diverged=0, failed=0))
    for name, figure in figures(table):
        assert "n = 1" in words(figure), name
        figure.draw_without_rendering()


@pytest.mark.parametrize("status", ["diverged", "failed", "pending"])
def test_a_study_without_a_score_says_so(status: str) -> None:
    best = np.inf if status == "diverged" else np.nan
    table = checked(study(3, 1, losses=("lsgan", "wgan")).assign(status=status, best=best, last=best))
    drawn = dict(figures(table))
    assert "no trial ended with a score" in words(drawn["minimum-against-budget-fashion-mnist"])
    assert f"n = 0, 3 {status}" in words(drawn["distribution"])
    for figure in drawn.values():
        figure.draw_without_rendering()


def test_a_loss_without_a_score_beside_others_has_its_place() -> None:
    table = study(4, 1, losses=("lsgan", "wgan"), diverged=0, failed=0)
    table.loc[table["loss"] == "wgan", ["status", "best"]] = ["diverged", np.inf]
    for name, figure in figures(checked(table)):
        figure.draw_without_rendering()
        assert "WGAN" in words(figure), name


def test_mixed_extractors_are_refused_before_anything_is_drawn() -> None:
    table = study(2, 1, losses=("lsgan",)).assign(score=["fid_classifier", "fid_inception"])
    with pytest.raises(UserError, match="different score"):
        next(figures(checked(table)))


def test_every_figure_that_the_trials_allow_is_drawn(tmp_path: Path) -> None:
    table = study(6, 3, datasets=("mnist", "triangles"), losses=("lsgan", "wgan", "vae"), manifold=True, diverged=0.1)
    Image.new("L", (8, 8)).save(tmp_path / "samples.png")
    assert [name for name, _ in figures(checked(table.assign(picture="samples.png")), tmp_path)] == [
        "importance-mnist",
        "sensitivity-mnist",
        "importance-triangles",
        "sensitivity-triangles",
        "distribution",
        "minimum-against-budget-mnist",
        "hyperparameters-mnist",
        "minimum-against-budget-triangles",
        "hyperparameters-triangles",
        "seeds",
        "f1-against-budget",
        "improvement",
        "ranks",
        "samples-best-mnist",
        "samples-best-triangles",
    ]


def test_every_figure_says_that_diverged_trials_count_with_a_score_where_they_do() -> None:
    table = study(6, 3, losses=("lsgan", "wgan"), manifold=True, datasets=("mnist", "triangles"), diverged=0, failed=0)
    table["best_before_divergence"] = np.nan
    table.loc[0, ["status", "best", "best_before_divergence"]] = ["diverged", np.inf, 3.0]
    note = "1 of the trials with a score diverged later"
    plain, counted = (dict(figures(t)) for t in (checked(table), count_last_scores(checked(table))))
    assert list(plain) == list(counted) and len(plain) > 8
    for name, figure in counted.items():
        assert note in words(figure) and note not in words(plain[name]), name
        figure.draw_without_rendering()
        (line,) = [t for t in figure.findobj(Text) if note in " ".join(t.get_text().split())]
        for axes in figure.axes:
            assert axes.get_tightbbox().y0 >= line.get_window_extent().y1, name  # it lies under everything else
        beside = [figure.get_supylabel(), figure.get_suptitle()]
        others = [t for t in figure.findobj(Text) if t.get_text() in beside and t.get_text()]
        assert not [t for t in others if t.get_window_extent().overlaps(line.get_window_extent())], name


def test_figures_are_written_in_every_format_and_the_same_each_time(tmp_path: Path) -> None:
    table = checked(study(1, 4, losses=("lsgan", "wgan")))
    names = write_figures(table, tmp_path / "a")
    assert names == ["distribution", "seeds", "improvement"]
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    write_figures(table, tmp_path / "b")
    for name in names:
        for ending, start in starts.items():
            content = (tmp_path / "a" / f"{name}.{ending}").read_bytes()
            assert content.startswith(start) and content == (tmp_path / "b" / f"{name}.{ending}").read_bytes(), name
