from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.statistics.importance.forest import LOSS, OWN, Trials, drawn_alike, importance, shares

NOTHING = pd.DataFrame(index=range(60))


def trials(n: int = 400, losses: int = 4, seed: int = 0) -> tuple[np.random.Generator, Trials]:
    """Trials whose scores are still 0: two common hyperparameters, one that losses 0 and 1 have of their own."""
    rng = np.random.default_rng(seed)
    loss = np.arange(n) % losses
    own = np.where(loss < 2, rng.uniform(-1, 1, n), np.nan)
    return rng, Trials(np.zeros(n), loss, rng.uniform(-1, 1, (n, 2)), own[:, None], ("a", "b"), "a", losses)


def scored(of: Trials, scores: np.ndarray) -> Trials:
    return replace(of, scores=scores)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        # Shares of a, b, the loss, its own settings, the loss times a; uniform values on [-1, 1] have the variance 1/3.
        (lambda a, b, loss, own: 2 * a + b, {"a": 0.8, "b": 0.2}),
        (lambda a, b, loss, own: np.array([0.0, 3.0, 1.0, 2.0])[loss], {LOSS: 1}),
        # The other way in one loss of four: half of a on average.
        (lambda a, b, loss, own: a * np.where(loss == 1, -1, 1), {"a": 0.25, "loss x a": 0.75}),
        # Within losses 0 and 1 a variance of 1/3, in the others none; a has as much as in two of four losses.
        (lambda a, b, loss, own: np.where(loss < 2, own, a), {OWN: 0.5, "a": 0.25, "loss x a": 0.25}),
    ],
)
def test_shares_known_in_closed_form_are_found(part, expected: dict[str, float]) -> None:  # type: ignore[no-untyped-def]
    rng, of = trials()
    scores = part(*of.common.T, of.loss, np.nan_to_num(of.own[:, 0]))
    found = shares(scored(of, scores), rng, 64)
    for factor in ("a", "b", LOSS, OWN, "loss x a"):
        assert found[factor] == pytest.approx(expected.get(factor, 0), abs=0.1), factor


def test_what_matters_is_above_what_shuffled_scores_give_and_the_rest_is_not() -> None:
    rng = np.random.default_rng(0)
    common = pd.DataFrame({"rate": 10 ** rng.uniform(-5, -2, 60), "idle": rng.uniform(size=60)})
    scores = (np.log10(common["rate"]) + 3.5) ** 2 + 0.1 * rng.normal(size=60)
    found = importance(scores, list("abcdef" * 10), common, NOTHING, rng, "rate")
    assert found is not None and found.n == 60 and found.r2 > 0.7
    first, *others = found.shares.items()
    assert first[0] == "rate" and first[1].low > first[1].shuffled and first[1].low <= first[1].share <= first[1].high
    for name, share in others:
        assert share.share < max(0.05, share.shuffled), name


def test_of_noise_the_forest_knows_nothing_and_says_so() -> None:
    rng = np.random.default_rng(0)
    common = pd.DataFrame({"rate": rng.uniform(size=60), "idle": rng.uniform(size=60)})
    found = importance(rng.normal(size=60), list("abcdef" * 10), common, NOTHING, rng, "rate")
    assert found is not None and found.r2 < 0.1
    assert all(share.share < 2 * share.shuffled + 0.02 for share in found.shares.values())


def test_a_hyperparameter_that_a_loss_does_not_have_explains_nothing_there() -> None:
    rng, of = trials(losses=2)
    common = of.common.copy()
    common[of.loss == 1, 1] = np.nan
    without = replace(scored(of, np.where(of.loss == 0, of.common[:, 1], 0.0)), common=common, own=of.own[:, :0])
    found = shares(without, rng, 64)
    # Loss 0 has all of the variance; over both b explains half of it alone, the rest is its interaction with the loss.
    assert found["b"] == pytest.approx(0.5, abs=0.1) and found["a"] < 0.03


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 11])
def test_few_trials_say_nothing(n: int) -> None:
    common = pd.DataFrame({"rate": np.arange(float(n))})
    assert importance(np.arange(n), ["a"] * n, common, pd.DataFrame(index=range(n)), np.random.default_rng(0)) is None


def test_what_does_not_vary_says_nothing() -> None:
    rate = pd.DataFrame({"rate": np.arange(60.0)})
    rng = np.random.default_rng(0)
    assert importance(np.ones(60), ["a"] * 60, rate, NOTHING, rng) is None
    assert importance(rng.normal(size=60), ["a"] * 60, rate * 0, NOTHING, rng) is None


def test_twelve_trials_have_an_interval() -> None:
    common = pd.DataFrame({"rate": np.arange(12.0)})
    found = importance(np.arange(12.0) ** 2, ["a"] * 12, common, pd.DataFrame(index=range(12)), np.random.default_rng(0))
    assert found is not None and found.shares["rate"].low < found.shares["rate"].share - 0.05


def test_parts_have_their_share_of_each_loss() -> None:
    loss = np.repeat([0, 1, 2], [20, 7, 1])
    counts = [np.bincount(loss[drawn_alike(loss, 0.5, np.random.default_rng(i))], minlength=3) for i in range(200)]
    assert {tuple(c) for c in counts} == {(10, 3, 0), (10, 3, 1), (10, 4, 0), (10, 4, 1)}
    assert np.mean(counts, axis=0) == pytest.approx([10, 3.5, 0.5], abs=0.15)
