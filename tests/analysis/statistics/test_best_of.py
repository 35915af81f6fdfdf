from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.statistics.best_of import best_of


def test_the_best_of_k_by_hand() -> None:
    # Of 1, 2, 4, 8 the lowest of two is 1, 2, 4 in 3, 2, 1 of 6 pairs.
    (one, *_), (two, low, high) = best_of([8.0, 1.0, 4.0, 2.0], [1, 2], np.random.default_rng(0))
    assert one == pytest.approx(15 / 4) and two == pytest.approx((3 * 1 + 2 * 2 + 4) / 6)
    assert 1 <= low < two < high <= 8


def test_equal_scores_are_known_exactly_and_more_than_all_are_refused() -> None:
    assert best_of([3.0] * 5, [2], np.random.default_rng(0)) == [pytest.approx((3.0, 3.0, 3.0))]
    with pytest.raises(ValueError, match="k is 6"):
        best_of([3.0] * 5, [6], np.random.default_rng(0))


def test_the_interval_holds_the_truth() -> None:
    # Of exponential scores the lowest of k is 1 / k on average.
    rng, held = np.random.default_rng(0), np.zeros(2)
    for _ in range(200):
        found = best_of(rng.exponential(size=64), [1, 10], rng, resamples=199)
        held += [low <= truth <= high for (_, low, high), truth in zip(found, (1.0, 0.1), strict=True)]
    assert (held / 200 > 0.87).all()
