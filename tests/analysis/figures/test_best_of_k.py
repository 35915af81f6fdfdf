from __future__ import annotations

import numpy as np
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.best_of_k import manifold_curves, minimum_curves
from benchmark.analysis.statistics.minimum import expected_minimum
from benchmark.analysis.styles import STYLES
from benchmark.analysis.trials import checked


def test_a_curve_is_the_expected_minimum_and_counts_what_has_no_score() -> None:
    table = checked(study(12, 1, losses=("lsgan", "wgan"), diverged=0.3, failed=0.1))
    figure = minimum_curves(table, "fashion-mnist")
    worst = table.loc[table["status"] == "ok", "best"].max()
    for axes, name in zip([axes for axes in figure.axes if axes.get_title()], ("LS GAN", "WGAN"), strict=True):
        line, heading = axes.lines[-1], " ".join(axes.get_title().split())
        of_loss = table[table["name"] == name]
        scores = of_loss["best"].where(of_loss["status"] == "ok").fillna(worst)
        np.testing.assert_allclose(line.get_ydata(), [expected_minimum(scores, k, replace=True) for k in range(1, 13)])
        for status in ("diverged", "failed"):
            if count := int((of_loss["status"] == status).sum()):
                assert f"{count} {status}" in heading
        assert heading.startswith(f"{name} (n = 12)")
    said = " ".join(words(figure).split())
    assert "number of hyperparameter samples" in said and "bootstrap, as in the paper" in said


def test_seeds_alone_are_restarts() -> None:
    figure = minimum_curves(checked(study(1, 6, losses=("lsgan",))), "fashion-mnist")
    assert "number of seeds of one setting" in " ".join(words(figure).split())


def test_bands_show_every_loss_once_in_its_colour() -> None:
    table = checked(study(9, 1, datasets=("mnist",), diverged=0, failed=0))
    figure = minimum_curves(table, "mnist")
    for axes, name in zip(figure.axes, STYLES, strict=True):
        assert axes.lines[-1].get_color() == STYLES[name].colour and len(axes.collections) == 1
        assert all(line.get_color() == "0.75" for line in axes.lines[:-1])


def test_the_whole_band_of_every_loss_is_in_sight() -> None:
    table = checked(study(4, 1, losses=("lsgan", "wgan"), datasets=("mnist",), diverged=0, failed=0))
    table["best"] = [10.0, 11.0, 12.0, 13.0, 1.0, 2.0, 3.0, 60.0]  # the band of the second reaches far above all else
    for axes in minimum_curves(table, "mnist").axes:
        low, high = axes.get_ylim()
        assert low <= 1 and high >= 60


def test_a_line_and_its_band_are_of_one_scheme() -> None:
    scores = [3.0, 1.0, 2.0]
    table = checked(study(3, 1, losses=("lsgan",), datasets=("mnist",), diverged=0, failed=0).assign(best=scores))
    axes = minimum_curves(table, "mnist").axes[0]
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), [2, 14 / 9, 36 / 27])  # counted by hand over all tuples
    (band,) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].max() == 3 and band.get_paths()[0].vertices[:, 1].min() == 1


def test_f1_rises_and_its_precision_is_that_of_the_best_f1() -> None:
    table = checked(
        study(3, 1, losses=("lsgan",), diverged=0, failed=0).assign(
            f1=[0.2, 0.8, 0.5], precision_score=[1.0, 0.7, 0.1], recall=0.5
        )
    )
    figure = manifold_curves(table)
    assert figure is not None
    f1, precision, recall = (axes.lines[0].get_ydata() for axes in figure.axes)
    # Of two drawn with replacement the best is 0.8 in five of nine cases, 0.5 in three, 0.2 in one; of three 19, 7 and 1.
    np.testing.assert_allclose(f1, [0.5, (5 * 0.8 + 3 * 0.5 + 0.2) / 9, (19 * 0.8 + 7 * 0.5 + 0.2) / 27])
    np.testing.assert_allclose(precision, [0.6, (5 * 0.7 + 3 * 0.1 + 1.0) / 9, (19 * 0.7 + 7 * 0.1 + 1.0) / 27])
    np.testing.assert_allclose(recall, 0.5)


def test_without_f1_there_is_no_curve_of_it() -> None:
    assert manifold_curves(checked(study(1, 5, losses=("lsgan",)))) is None
