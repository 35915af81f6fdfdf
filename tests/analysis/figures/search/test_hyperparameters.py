from __future__ import annotations

import numpy as np
from support.synthetic_trials import study

from benchmark.analysis.figures.search.hyperparameters import hyperparameter_scatter, places
from benchmark.analysis.trials import checked


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


def test_a_hyperparameter_has_one_axis_and_scores_another() -> None:
    table = checked(study(20, 1, losses=("wgangp", "dragan", "began"), diverged=0, failed=0))
    figure = hyperparameter_scatter(table, "fashion-mnist")
    assert figure is not None
    limits: dict[str, set[tuple[float, float]]] = {}
    for axes in figure.axes:
        limits.setdefault(axes.get_xlabel(), set()).add(axes.get_xlim())
        assert axes.get_ylim() == figure.axes[0].get_ylim()
    assert {len(found) for found in limits.values()} == {1} and len(limits) == 7
    seen = {(axes.get_xlabel(), round(axes.get_position().x0, 6)) for axes in figure.axes}
    assert len({place for name, place in seen if name == "learning rate"}) == 1


def test_what_most_losses_have_is_in_one_column() -> None:
    rows = {"a": ["rate", "beta"], "b": ["rate", "clip", "beta"], "c": ["rate", "gamma", "k"]}
    assert places(rows) == {
        "a": {"rate": 0, "beta": 1},
        "b": {"rate": 0, "clip": 2, "beta": 1},
        "c": {"rate": 0, "gamma": 2, "k": 3},
    }


def test_nothing_varies_nothing_is_drawn() -> None:
    assert hyperparameter_scatter(checked(study(1, 5, losses=("lsgan",))), "fashion-mnist") is None
