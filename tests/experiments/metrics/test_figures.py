from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.metrics.figures import degradation_figure, size_figure


def test_the_size_figure_names_the_fid_at_infinite_n() -> None:
    n = np.array([1_000, 2_000, 5_000, 10_000])
    table = pd.concat([pd.DataFrame({"comparison": "a", "n": n, "repetition": r, "fid": 1 + 2_000 / n}) for r in range(2)])
    _, right = size_figure(table, "FID").axes
    assert right.get_legend_handles_labels()[1] == ["a: 1.000 ± 0.000 at infinite n"]


def test_degradations_of_every_extractor_are_drawn_in_units_of_half_the_classes_missing() -> None:
    rows = [
        (extractor, kind, level, repetition, scale * (1 + level))
        for extractor, scale in (("a", 1.0), ("b", 100.0))
        for kind in ("noise", "mode dropping")
        for level in (0.0, 1.0)
        for repetition in (0, 1)
    ]
    table = pd.DataFrame(rows, columns=["extractor", "degradation", "level", "repetition", "fid"]).assign(n=10)
    noise, dropping, *empty = degradation_figure(table).axes
    assert [line.get_ydata().tolist() for line in noise.get_lines()[:2]] == [[0.5, 1.0]] * 2  # type: ignore[union-attr]
    assert dropping.get_xlabel() == "share left out of half the classes"
    assert not any(axes.get_visible() for axes in empty)
