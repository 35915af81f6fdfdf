from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.metrics.statistics import at_infinity, extrapolations, monotone, size_summary


def sizes(*, slope: float, intercept: float, repetition: int = 0) -> pd.DataFrame:
    n = np.array([1_000, 2_000, 5_000, 10_000])
    return pd.DataFrame({"comparison": "a", "n": n, "repetition": repetition, "fid": intercept + slope / n})


def test_a_bias_of_one_over_n_is_taken_away_at_infinity() -> None:
    table = sizes(slope=3_000, intercept=1.5)
    assert at_infinity(table["n"], table["fid"]) == (pytest.approx(1.5), pytest.approx(3_000))


def test_every_repetition_is_extrapolated_by_itself() -> None:
    table = pd.concat([sizes(slope=2_000, intercept=1, repetition=0), sizes(slope=1_000, intercept=3, repetition=1)])
    assert extrapolations(table)["fid"].tolist() == [pytest.approx(1), pytest.approx(3)]
    summary = size_summary(table).set_index("n")
    assert summary.loc[np.inf, "mean"] == pytest.approx(2)
    assert summary.loc[np.inf, "std"] == pytest.approx(np.sqrt(2))
    assert summary.loc[1_000, "mean"] == pytest.approx(3.5)
    assert summary.loc[1_000, "repetitions"] == 2


def test_monotone_means_that_the_mean_rises_at_every_step() -> None:
    rows = [("x", level, fid) for level, fid in ((0, 1.0), (1, 2.0), (1, 4.0), (2, 2.9))]  # means 1, 3, 2.9
    rows += [("y", level, fid) for level, fid in ((0, 1.0), (1, 2.0), (2, 3.0))]
    table = pd.DataFrame(rows, columns=["degradation", "level", "fid"]).assign(extractor="e")
    assert monotone(table).set_index("degradation")["monotone"].to_dict() == {"x": False, "y": True}
