from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmark.analysis.statistics.ranks import critical_difference, mean_ranks, ranks_over_datasets

# Demšar 2006, table 6: accuracies of C4.5 and its variants on 14 data sets.
DEMSAR = pd.DataFrame(
    {
        "C4.5": [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1, 0.940, 0.619, 0.972, 0.957],
        "C4.5+m": [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1, 0.962, 0.666, 0.981, 0.978],
        "C4.5+cf": [0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1, 0.965, 0.614, 0.9751, 0.946],
        "C4.5+m+cf": [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1, 0.962, 0.669, 0.975, 0.970],
    }
)


def test_ranks_and_critical_difference_are_those_that_demsar_publishes() -> None:
    found = mean_ranks(-DEMSAR)
    assert found.mean.round(3).to_dict() == {"C4.5+m+cf": 1.964, "C4.5+m": 2.0, "C4.5+cf": 2.893, "C4.5": 3.143}
    assert found.critical == pytest.approx(1.25, abs=0.005)  # q = 2.569, k = 4, N = 14
    assert found.datasets == 14


@pytest.mark.parametrize(("k", "q"), [(2, 1.960), (3, 2.343), (8, 3.031), (10, 3.164)])
def test_the_points_of_nemenyis_test_are_those_of_demsars_table_5(k: int, q: float) -> None:
    assert critical_difference(k, 6) / np.sqrt(k * (k + 1) / 36) == pytest.approx(q, abs=0.001)


def test_the_p_value_is_friedmans() -> None:
    expected = stats.friedmanchisquare(*(DEMSAR[c] for c in DEMSAR)).pvalue
    assert mean_ranks(DEMSAR).p == pytest.approx(expected)


def test_a_loss_that_is_best_everywhere_has_rank_one_and_groups_are_runs_below_the_critical_difference() -> None:
    scores = pd.DataFrame(np.tile(np.arange(5.0), (30, 1)), columns=list("abcde"))
    found = mean_ranks(scores)
    assert found.mean.to_dict() == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    assert 1 < found.critical < 2 and found.p < 1e-10
    assert found.groups() == [["a", "b"], ["b", "c"], ["c", "d"], ["d", "e"]]


def test_losses_that_always_tie_are_one_group() -> None:
    found = mean_ranks(pd.DataFrame(np.ones((3, 4)), columns=list("abcd")))
    assert found.p == 1 and found.groups() == [["a", "b", "c", "d"]]


@pytest.mark.parametrize("scores", [np.ones((1, 4)), np.ones((3, 2)), np.array([[1, 2, 3], [1, np.nan, 3]])])
def test_too_few_data_sets_or_losses_have_no_ranks(scores: np.ndarray) -> None:
    with pytest.raises(ValueError, match="data sets"):
        mean_ranks(pd.DataFrame(scores))


def ended(**values: dict[str, list[float]]) -> pd.DataFrame:
    """A row per trial, from the scores of each loss on each data set."""
    rows = [
        {"dataset": dataset, "name": name, "value": value}
        for dataset, of_losses in values.items()
        for name, scores in of_losses.items()
        for value in scores
    ]
    return pd.DataFrame(rows)


def test_losses_are_ranked_by_mean_score_over_the_data_sets_where_all_have_one() -> None:
    scores = {"a": [1.0, 9.0], "b": [4.0, 4.0], "c": [6.0]}  # means 5, 4, 6
    trials = ended(mnist=scores, cifar10=scores, celeba=scores | {"a": [np.inf]}, triangles={"a": [1.0]})
    found = ranks_over_datasets(trials)
    assert found is not None and found.datasets == 2 and found.mean.to_dict() == {"b": 1, "a": 2, "c": 3}


def test_one_data_set_or_two_losses_are_not_ranked() -> None:
    scores = {"a": [1.0], "b": [2.0], "c": [3.0]}
    assert ranks_over_datasets(ended(mnist=scores)) is None
    assert ranks_over_datasets(ended(mnist={"a": [1.0], "b": [2.0]}, cifar10={"a": [1.0], "b": [2.0]})) is None
