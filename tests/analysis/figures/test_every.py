from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support.synthetic_trials import study

from benchmark.analysis.figures.budget_curves import manifold_curves, minimum_bands, minimum_curves
from benchmark.analysis.figures.every import figures, write_figures
from benchmark.analysis.figures.hyperparameters import hyperparameter_scatter, is_logarithmic
from benchmark.analysis.figures.pairs import improvement_matrix
from benchmark.analysis.figures.seeds import seeds_figure
from benchmark.analysis.names import STYLES
from benchmark.analysis.statistics.minimum import expected_minimum
from benchmark.analysis.trials import checked
from benchmark.plugins import UserError


def words(figure: Figure) -> str:
    found = [t for axes in figure.axes for t in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)]
    found += [t for axes in figure.axes if axes.get_legend() for t in axes.get_legend().get_texts()]
    found += [t for axes in figure.axes for t in axes.get_yticklabels()]
    return "\n".join(t.get_text() for t in found)


def test_a_curve_is_the_expected_minimum_and_counts_what_has_no_score() -> None:
    table = checked(study(12, 1, losses=("lsgan", "wgan"), diverged=0.3, failed=0.1))
    figure = minimum_curves(table)
    worst = table.loc[table["status"] == "ok", "best"].max()
    for line, name in zip(figure.axes[0].lines, ("LS GAN", "WGAN"), strict=True):
        of_loss = table[table["name"] == name]
        scores = of_loss["best"].where(of_loss["status"] == "ok").fillna(worst)
        np.testing.assert_allclose(line.get_ydata(), [expected_minimum(scores, k) for k in range(1, 13)])
        for status in ("diverged", "failed"):
            if count := int((of_loss["status"] == status).sum()):
                assert f"{count} {status}" in line.get_label()
        assert line.get_label().startswith(f"{name} (n = 12)")
    assert "number of hyperparameter samples" in words(figure)


def test_seeds_alone_are_restarts() -> None:
    assert "number of seeds of one setting" in words(minimum_curves(checked(study(1, 6, losses=("lsgan",)))))


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
    assert "no trial ended with a score" in words(drawn["minimum-against-budget"])
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


def test_bands_show_every_loss_once_in_its_colour() -> None:
    table = checked(study(9, 1, datasets=("mnist",), diverged=0, failed=0))
    figure = minimum_bands(table, "mnist")
    for axes, name in zip(figure.axes, STYLES, strict=True):
        assert (
            axes.get_title().startswith(f"{name} (n")
            and axes.lines[-1].get_color() == STYLES[name].colour
            and len(axes.collections) == 1
        )
        assert all(line.get_color() == "0.75" for line in axes.lines[:-1])


def test_styles_differ_without_colour() -> None:
    assert len({s.marker for s in STYLES.values()}) == len({str(s.dashes) for s in STYLES.values()}) == len(STYLES)


def test_every_setting_is_a_point_against_every_hyperparameter() -> None:
    table = checked(study(20, 3, losses=("lsgan", "began"), diverged=0.2, failed=0))
    figure = hyperparameter_scatter(table, "fashion-mnist")
    assert figure is not None
    drawn = [axes for axes in figure.axes if axes.collections]
    assert len(drawn) == 4 + 6
    search = table[table["seed"] == 0]
    for axes, name in zip((drawn[0], drawn[4]), ("LS GAN", "BEGAN"), strict=True):
        ok = search[(search["name"] == name) & (search["status"] == "ok")]
        (points,) = axes.collections
        np.testing.assert_allclose(sorted(points.get_offsets()[:, 0]), sorted(ok["h_learning_rate"]))
        crosses = axes.lines[0]
        assert len(crosses.get_xdata()) == int(((search["name"] == name) & (search["status"] == "diverged")).sum())
        assert axes.get_xscale() == "log"


def test_scales_follow_how_values_were_drawn() -> None:
    rng = np.random.default_rng(0)
    assert is_logarithmic(pd.Series(10 ** rng.uniform(-5, -2, 50))) and not is_logarithmic(pd.Series(rng.uniform(0, 1, 50)))


def test_nothing_varies_nothing_is_drawn() -> None:
    assert hyperparameter_scatter(checked(study(1, 5, losses=("lsgan",))), "fashion-mnist") is None
    assert improvement_matrix(checked(study(1, 5, losses=("lsgan",)))) is None
    assert manifold_curves(checked(study(1, 5, losses=("lsgan",)))) is None


def test_the_papers_numbers_are_drawn_only_beside_the_same_measurement() -> None:
    paper = {"score": "fid_inception", "budget": "paper", "steps": 15_625, "width": 1.0}
    same = seeds_figure(checked(study(1, 5, datasets=("mnist",), diverged=0, failed=0, **paper)))
    assert len(same.axes[0].containers) == 8 and "the paper's mean" in words(same) and "as remembered" in words(same)
    other = seeds_figure(checked(study(1, 5, datasets=("mnist",), diverged=0, failed=0)))
    assert len(other.axes[0].containers) == 0
    assert "no numbers of the paper: score fid_classifier, not fid_inception; steps 1000, not 15625" in words(other)


def test_f1_rises_and_its_precision_is_that_of_the_best_f1() -> None:
    table = checked(
        study(3, 1, losses=("lsgan",), diverged=0, failed=0).assign(
            f1=[0.2, 0.8, 0.5], precision_score=[1.0, 0.7, 0.1], recall=0.5
        )
    )
    figure = manifold_curves(table)
    assert figure is not None
    f1, precision, recall = (axes.lines[0].get_ydata() for axes in figure.axes)
    np.testing.assert_allclose(f1, [0.5, (0.8 + 0.8 + 0.5) / 3, 0.8])
    np.testing.assert_allclose(precision, [0.6, (0.7 + 0.7 + 0.1) / 3, 0.7])
    np.testing.assert_allclose(recall, 0.5)


def test_the_improvement_matrix_shows_the_numbers() -> None:
    rows = [("lsgan", 1.0), ("lsgan", 2.0), ("wgan", 2.0), ("wgan", 3.0)]
    table = pd.DataFrame(
        [
            {"loss": loss, "best": best, "dataset": "mnist", "status": "ok", "score": "fid", "sample": 0, "seed": i}
            for i, (loss, best) in enumerate(rows)
        ]
    )
    figure = improvement_matrix(checked(table))
    assert figure is not None
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts[0] == "0.88" and texts[2] == "0.12"  # (1 + 1 + 1/2 + 1) / 4 and the rest


def test_every_figure_that_the_trials_allow_is_drawn(tmp_path: Path) -> None:
    table = study(6, 3, datasets=("mnist", "triangles"), losses=("lsgan", "wgan", "vae"), manifold=True, diverged=0.1)
    Image.new("L", (8, 8)).save(tmp_path / "samples.png")
    assert [name for name, _ in figures(checked(table.assign(picture="samples.png")), tmp_path)] == [
        "minimum-against-budget",
        "distribution",
        "minimum-bands-mnist",
        "hyperparameters-mnist",
        "minimum-bands-triangles",
        "hyperparameters-triangles",
        "seeds",
        "f1-against-budget",
        "improvement",
        "ranks",
        "samples-best-mnist",
        "samples-best-triangles",
    ]


def test_figures_are_written_in_every_format_and_the_same_each_time(tmp_path: Path) -> None:
    table = checked(study(1, 4, losses=("lsgan", "wgan")))
    names = write_figures(table, tmp_path / "a")
    assert len(names) == 5
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    write_figures(table, tmp_path / "b")
    for name in names:
        for ending, start in starts.items():
            content = (tmp_path / "a" / f"{name}.{ending}").read_bytes()
            assert content.startswith(start) and content == (tmp_path / "b" / f"{name}.{ending}").read_bytes(), name
