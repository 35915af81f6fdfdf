"""The claim that losses are alike given budget: statistics by hand, and what it says of made tables. It mirrors no module."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.statistics.search import Search, expected_selected
from experiments.claims.alike_with_budget import (
    AlikeWithBudget,
    expected_scores,
    resampled_spreads,
    shuffled_spreads,
    spreads,
)


def made(start: float, short: float, end: float, half: float = 0.2) -> pd.DataFrame:
    """A table with these spreads at k = 1 after all steps, at k = 20 after few, and at k = 20 after all."""
    rows = [
        {"steps": steps, "k": k, "n": 30, "spread": spread, "low": spread - half, "high": spread + half}
        | {"chance": 1.2, "chance_high": 1.5, "decided": 3, "pairs": 21, "best": "A", "worst": "B"}
        for steps, k, spread in [(250, 1, 9.0), (250, 20, short), (2000, 1, start), (2000, 20, end)]
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("spreads_of", "word"),
    [
        ((3.0, 3.0, 1.4), "supported"),
        ((3.0, 1.5, 1.4), "undecided"),  # with k only
        ((1.5, 1.5, 1.4), "undecided"),
        ((1.4, 3.0, 2.0), "not supported"),  # grows with k
        ((3.0, 1.4, 2.0), "not supported"),  # grows with steps
    ],
)
def test_the_verdict_follows_the_intervals(spreads_of: tuple[float, float, float], word: str) -> None:
    assert AlikeWithBudget().judge(made(*spreads_of)).word == word


def test_the_largest_spread_is_set_against_chance() -> None:
    assert "no wider than chance" in AlikeWithBudget().judge(made(3.0, 3.0, 1.4)).beside[0]
    assert "is wider than chance" in AlikeWithBudget().judge(made(3.0, 3.0, 1.6)).beside[0]


def test_a_resampled_search_is_expected_to_report_what_a_search_of_its_trials_is() -> None:
    search = Search.of([3.0, 1.0, 2.0], [30.0, 10.0, 25.0])
    drawn = np.array([[0, 1, 2], [0, 0, 1]])
    # Of the pairs of 10, 25 and 30 two hold the best by validation; of 10, 30 and 30 two hold the 10.
    assert expected_scores(search, drawn, 2) == pytest.approx([(10 + 10 + 25) / 3, (10 + 10 + 30) / 3])
    assert expected_scores(search, drawn, 2)[0] == pytest.approx(expected_selected(search, 2))


def test_the_spread_is_worst_over_best() -> None:
    assert spreads(np.array([[10.0, 4.0], [20.0, 4.0], [50.0, 6.0]])) == pytest.approx([5.0, 1.5])


def test_resampling_keeps_losses_apart_and_dealing_anew_does_not() -> None:
    found = [Search.of([value] * 4, [value] * 4) for value in (10.0, 20.0)]
    assert resampled_spreads(found, 1, np.random.default_rng(0)) == pytest.approx(2.0)
    dealt = shuffled_spreads(found, 1, np.random.default_rng(0))
    # Four of eight cards, of which half are 10: the spread is 1 with two of each, in 36 of 70 deals, and 2 with all in 2.
    assert np.mean(np.isclose(dealt, 1)) == pytest.approx(36 / 70, abs=0.04)
    assert np.mean(np.isclose(dealt, 2)) == pytest.approx(2 / 70, abs=0.015)
