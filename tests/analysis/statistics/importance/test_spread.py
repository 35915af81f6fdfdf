from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.statistics.importance.spread import meaning, nested_without_each, spread_between
from benchmark.analysis.statistics.variance import nested_split


def losses(means: np.ndarray, n: int, within: float, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    logs = means[:, None] + within * rng.normal(size=(len(means), n))
    return np.exp(logs).ravel(), [str(i) for i in range(len(means)) for _ in range(n)]


def test_the_factors_by_hand() -> None:
    # Logs 0, 2 and 10, 12: means 1 and 11, within 2, mean squares 2 and 100, so 49 between; of means it is 50.
    found = spread_between(np.exp([0.0, 2, 10, 12]), list("aabb"))
    assert found is not None and (found.losses, found.n) == (2, 4)
    assert np.log([found.typical.value, found.within, found.observed]) == pytest.approx([7, np.sqrt(2), 10])
    assert np.log(found.best_to_worst.value) == pytest.approx(10 * np.sqrt(49 / 50))
    # Of two losses the interval is that of a t test: 10 +- t(0.975, 2) sqrt(2).
    assert np.log([found.best_to_worst.low, found.best_to_worst.high]) == pytest.approx(
        [10 - 4.303 * 2**0.5, 10 + 4.303 * 2**0.5], rel=1e-3
    )


def test_what_is_chance_alone_is_no_spread() -> None:
    found = spread_between(np.exp([0.0, 2, 0, 2, 1, 1]), list("aabbcc"))
    assert found is not None and found.typical.value == found.best_to_worst.value == found.observed == 1
    assert found.typical.low == found.best_to_worst.low == 1 < found.best_to_worst.high


def test_without_spread_within_nothing_is_chance() -> None:
    found = spread_between([1.0, 1, 4, 4], list("aabb"))
    assert found is not None and found.best_to_worst.low == found.best_to_worst.high == pytest.approx(4)
    assert found.typical.low == pytest.approx(found.typical.value) and found.share == (1, 1, 1)


@pytest.mark.parametrize("between", [0.0, 0.3, 1.0])
def test_the_intervals_cover_the_truth_and_chance_is_taken_out(between: float) -> None:
    rng, inside, excess = np.random.default_rng(0), [], []
    for _ in range(150):
        means = between * rng.normal(size=7)
        found = spread_between(*losses(means, 10, 1.0, rng))
        assert found is not None
        truth = np.exp(np.ptp(means))
        inside.append(
            (
                found.best_to_worst.low <= truth * (1 + 1e-9) <= found.best_to_worst.high,
                found.typical.low <= np.exp(between) * (1 + 1e-9) <= found.typical.high,
            )
        )
        excess.append(np.log([found.best_to_worst.value, found.observed]) - np.log(truth))
    assert (np.mean(inside, axis=0) > 0.92).all()
    freed, observed = np.abs(np.mean(excess, axis=0))
    assert freed < observed + 0.05 and freed < 0.35


@pytest.mark.parametrize("scores", [[], [1.0], [1.0, 2.0]])
def test_one_trial_of_each_has_none(scores: list[float]) -> None:
    assert spread_between(scores, [str(i) for i in range(len(scores))]) is None
    assert spread_between([*scores, 3.0], ["a"] * (len(scores) + 1)) is None


def test_one_loss_with_a_single_trial_counts() -> None:
    found = spread_between([1.0, 2.0, 30.0], list("aab"))
    assert found is not None and found.losses == 2 and np.isfinite(found.best_to_worst.high)


def test_the_nested_test_without_each_loss() -> None:
    values = np.random.default_rng(0).normal(size=(4, 2, 3))
    found = nested_without_each(values, list("abcd"))
    assert list(found) == list("abcd") and found["b"] == nested_split(values[[0, 2, 3]])
    assert nested_without_each(values[:2], list("ab")) == {}


def test_a_factor_is_explained_with_its_number() -> None:
    assert meaning(1.2).count("1.20") == 2
