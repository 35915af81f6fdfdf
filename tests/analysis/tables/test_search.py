"""The tables of a search as a whole, by hand and against the functions behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.synthetic_trials import study

from benchmark.analysis.statistics.search import Search, probability_of_winning
from benchmark.analysis.tables.search import ranking, searches, selected, sizes, winning
from benchmark.analysis.trials import checked


def searched(**scores: list[tuple[float, float]]) -> pd.DataFrame:
    """A search: validation and test score of each loss's trials, infinite for one that diverged."""
    rows = [
        {
            "loss": loss,
            "dataset": "mnist",
            "score": "fid_x",
            "sample": i,
            "seed": 0,
            "status": "ok" if np.isfinite(test) else "diverged",
            "best": test,
            "selected": test,
            "validation": validation,
            "h_learning_rate": 10.0**-i,
        }
        for loss, values in scores.items()
        for i, (validation, test) in enumerate(values)
    ]
    return checked(pd.DataFrame(rows))


INF = float("inf")
TABLE = searched(lsgan=[(1, 4), (2, 3), (INF, INF)], wgan=[(5, 6), (9, 8), (7, 7)])


def test_searches_hold_validation_and_test_scores_the_worst_for_what_diverged() -> None:
    ((dataset, found),) = searches(TABLE)
    assert dataset == "mnist" and list(found) == ["LS GAN", "WGAN"]
    assert found["LS GAN"].validation.tolist() == [1, 2, 9] and found["LS GAN"].test.tolist() == [4, 3, 8]


def test_the_selected_score_by_hand() -> None:
    found = selected(TABLE).set_index(["loss", "k"])["expected_test"]
    # Of three pairs of LS GAN two hold the first trial (test 4), one the second and third (3).
    assert found["LS GAN", 2] == pytest.approx((4 + 4 + 3) / 3)
    assert [found["LS GAN", 3], found["WGAN", 3], found["WGAN", 1]] == pytest.approx([4, 6, 7])


def test_the_winner_is_who_searches_better_at_each_k() -> None:
    found = winning(TABLE).set_index("k")
    assert found[["first", "second"]].drop_duplicates().to_numpy().tolist() == [["LS GAN", "WGAN"]]
    # One sample: 4 and 3 beat all of WGAN's, the worst score, 8, ties with its 8.
    assert found.loc[1, "probability"] == pytest.approx((3 + 3 + 0.5) / 9) and found.loc[3, "probability"] == 1
    assert (found["low"] <= found["probability"]).all() and (found["probability"] <= found["high"]).all()
    assert found.loc[3, "low"] < 0.5  # one won comparison


def test_the_table_says_what_the_function_does() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(10, 2, (12, 2)), rng.normal(11, 2, (12, 2))
    found = winning(searched(lsgan=[*map(tuple, a)], wgan=[*map(tuple, b)])).set_index("k")
    assert found.index.tolist() == [1, 2, 5, 10, 12] == sizes(12)
    searches_of = Search.of(*a.T), Search.of(*b.T)
    assert found.loc[5, "probability"] == pytest.approx(probability_of_winning(*searches_of, 5))


def test_ranks_of_searches_go_up_to_half_of_the_samples() -> None:
    rng = np.random.default_rng(0)
    table = searched(
        **{loss: [*map(tuple, rng.normal(m, 2, (12, 2)))] for loss, m in (("lsgan", 10), ("wgan", 11), ("vae", 20))}
    )
    found = ranking(table).set_index(["k", "loss"])
    assert found.index.get_level_values("k").unique().tolist() == [1, 2, 5]
    assert found.loc[(5, "VAE"), "rank"] == pytest.approx(3, abs=0.01)
    assert (found["low"] <= found["rank"] + 1e-9).all() and (found["rank"] <= found["high"] + 1e-9).all()
    assert ranking(searched(lsgan=[(1, 1), (2, 2)])).empty


@pytest.mark.parametrize("missing", ["validation", "selected"])
def test_a_table_without_validation_scores_has_none_of_these(missing: str) -> None:
    assert winning(TABLE.drop(columns=missing)).empty and selected(TABLE.assign(**{missing: np.nan})).empty


def test_seeds_of_one_setting_are_no_search() -> None:
    assert winning(checked(study(1, 5).assign(validation=1.0, selected=1.0))).empty
