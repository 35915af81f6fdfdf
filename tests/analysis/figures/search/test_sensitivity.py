from __future__ import annotations

import numpy as np
import pytest
from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.search.sensitivity import sensitivity_curves
from benchmark.analysis.tables.importance import narrowed_ranges
from benchmark.analysis.trials import checked


def test_every_setting_is_a_point_and_the_axes_are_shared() -> None:
    table = study(12, 1, losses=("lsgan", "wgan", "vae"), diverged=0, failed=0)
    table.loc[0, ["status", "best"]] = ["diverged", np.inf]
    figure = sensitivity_curves(checked(table), "fashion-mnist")
    assert figure is not None
    figure.draw_without_rendering()
    *losses, share = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in losses] == ["LS GAN (n = 12)", "WGAN (n = 12)", "VAE (n = 12)"]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in losses}) == 1 and share.get_xlim() == losses[0].get_xlim()
    first, crosses = losses[0].collections[-1], losses[0].lines[-1]
    assert len(first.get_offsets()) == 11 and crosses.get_xdata().tolist() == pytest.approx([table["h_learning_rate"][0]])
    rows = narrowed_ranges(checked(table))
    drawn = {line.get_label(): line.get_ydata().tolist() for line in share.lines}
    assert drawn == {of: of_part["share_of_losses"].tolist() for of, of_part in rows.groupby("of")}


@pytest.mark.parametrize(("samples", "losses"), [(2, ("lsgan",)), (3, ("lsgan", "hinge@1")), (7, ("vae",)), (12, ("lsgan",))])
def test_few_trials_and_few_losses_are_drawn(samples: int, losses: tuple[str, ...]) -> None:
    figure = sensitivity_curves(checked(study(samples, 1, losses=losses, diverged=0, failed=0)), "fashion-mnist")
    assert figure is not None and "learning rate" in words(figure)
    figure.draw_without_rendering()
    page = figure.bbox
    for text in (figure.get_suptitle(), figure.get_supxlabel()):
        (shown,) = [t for t in figure.texts if t.get_text() == text]
        box = shown.get_window_extent()
        assert page.x0 <= box.x0 and box.x1 <= page.x1


def test_without_rates_or_a_search_there_is_none() -> None:
    table = study(4, 1, losses=("lsgan", "wgan"))
    for other in (table.drop(columns="h_learning_rate"), study(1, 4), table.assign(status="pending", best=np.nan)):
        assert sensitivity_curves(checked(other), "fashion-mnist") is None
