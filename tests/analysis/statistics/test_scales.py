from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.statistics.scales import as_numbers, is_logarithmic, is_switch, spans_decades


def test_scales_follow_how_values_were_drawn() -> None:
    rng = np.random.default_rng(0)
    assert is_logarithmic(pd.Series(10 ** rng.uniform(-5, -2, 50))) and not is_logarithmic(pd.Series(rng.uniform(0, 1, 50)))


@pytest.mark.parametrize(
    ("values", "spans"),
    [
        ([1, 11], True),
        ([1, 10], False),
        ([0, 100], False),
        ([-1, 100], False),
        ([1, 5, np.inf, np.nan], False),
        ([7], False),
        ([], False),
    ],
)
def test_decades_are_spanned_by_positive_finite_values_of_a_factor_above_ten(values: list[float], spans: bool) -> None:
    assert spans_decades(values) is spans


def test_a_switch_is_zero_and_one_also_as_a_csv_file_spells_it() -> None:
    for column in (pd.Series([True, False]), pd.Series(["True", "False"])):
        assert is_switch(column) and as_numbers(column).tolist() == [1.0, 0.0]
    assert not is_switch(pd.Series([0.0, 1.0])) and as_numbers(pd.Series(["5", None, "x"])).dropna().tolist() == [5.0]
