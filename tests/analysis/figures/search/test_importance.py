from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.search.importance import importance_bars
from benchmark.analysis.tables.importance import importances
from benchmark.analysis.trials import checked


@pytest.mark.slow
def test_a_bar_for_every_share_in_one_order() -> None:
    table = checked(study(14, 1, losses=("lsgan", "wgan"), diverged=0, failed=0))
    rows = importances(table)
    figure = importance_bars(table, "fashion-mnist", rows)
    assert figure is not None
    figure.draw_without_rendering()
    panels = [axes for axes in figure.axes if axes.patches]
    assert len(panels) == 3 and f"WGAN (n = 14, R² = {rows['forest_r2'].iloc[-1]:.2f})" in words(figure)
    for axes, (_, of_part) in zip(panels, rows.groupby("of", sort=False), strict=True):
        drawn = {label.get_text(): bar.get_width() for label, bar in zip(axes.get_yticklabels(), axes.patches, strict=True)}
        assert drawn == dict(zip(of_part["factor"], of_part["share"], strict=True))
        assert list(drawn)[:2] == ["learning rate", "Adam beta1"]
    assert [label.get_text() for label in panels[0].get_yticklabels()][-2:] == ["loss", "loss x learning rate"]


def test_no_text_lies_on_another_or_is_cut_off() -> None:
    table = checked(study(1, 1, losses=("lsgan",)))
    factors = ["learning rate", "D updates per G update", "own settings of the loss", "a rather long hyperparameter"]
    numbers = {"n": 30, "share": 0.99, "low": 0.0, "high": 1.0, "shuffled": 0.2, "forest_r2": -0.1}
    rows = pd.DataFrame([{"dataset": "fashion-mnist", "of": "LS GAN", "factor": f, **numbers} for f in factors])
    figure = importance_bars(table, "fashion-mnist", rows)
    assert figure is not None
    figure.draw_without_rendering()
    page = figure.bbox
    labels = [*figure.axes[0].get_yticklabels(), figure.axes[0].title, *figure.texts]
    for label in labels:
        box = label.get_window_extent()
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, label.get_text()
    boxes = [label.get_window_extent() for label in labels if label.get_text()]
    assert not [1 for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a.overlaps(b)]


def test_seeds_and_few_settings_have_no_bars() -> None:
    for table in (study(1, 5), study(3, 1, losses=("lsgan",)), study(3, 1).assign(status="pending", best=np.nan)):
        assert importance_bars(checked(table), "fashion-mnist") is None
