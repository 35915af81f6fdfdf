from __future__ import annotations

import numpy as np
import pandas as pd

from benchmark.analysis.figures.metric_behaviour import size_figure


def test_the_size_figure_names_the_fid_at_infinite_n() -> None:
    n = np.array([1_000, 2_000, 5_000, 10_000])
    table = pd.concat([pd.DataFrame({"comparison": "a", "n": n, "repetition": r, "fid": 1 + 2_000 / n}) for r in range(2)])
    _, right = size_figure(table, "FID").axes
    assert right.get_legend_handles_labels()[1] == ["a: 1.000 ± 0.000 at infinite n"]
