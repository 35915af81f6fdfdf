from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.tables.side_by_side import headlines, mean_scores, overview, places, rank_correlations
from benchmark.analysis.trials import checked


def trials(scores: dict[str, list[float]], dataset: str = "mnist", steps: int = 1000) -> pd.DataFrame:
    """Seeds of one setting of each loss with these scores; nan is a failed trial."""
    rows = [
        {"loss": loss, "seed": seed, "best": score, "status": "failed" if np.isnan(score) else "ok"}
        for loss, of_loss in scores.items()
        for seed, score in enumerate(of_loss)
    ]
    common = {"dataset": dataset, "sample": 0, "variant": "paper", "steps": steps, "score": "fid_layers", "last": 1.0}
    table = pd.DataFrame(rows).assign(**common)
    return checked(table.assign(id=[f"{dataset}{i}" for i in range(len(table))]))


FIRST = {"mmgan": [30.0, 32.0], "nsgan": [10.0, 14.0], "lsgan": [20.0, 22.0]}
SECOND = {"mmgan": [1.0, 2.0], "nsgan": [3.0, np.nan], "lsgan": [4.0, 6.0]}


def test_the_mean_scores_of_several_tables_stand_in_the_order_of_the_first() -> None:
    found = mean_scores({"a": trials(FIRST), "b": trials(SECOND | {"wgan": [7.0, 7.0]}, "fashion-mnist")})
    assert found.to_dict("split")["index"] == ["NS GAN", "LS GAN", "MM GAN"]
    assert found["a"].tolist() == [12, 21, 31] and found["b"].tolist() == [3, 5, 1.5]
    assert places(found).to_dict("list") == {"loss": ["NS GAN", "LS GAN", "MM GAN"], "a": [1, 2, 3], "b": [2, 3, 1]}


def test_equal_means_share_their_places() -> None:
    found = places(pd.DataFrame({"a": [5.0, 7.0, 5.0]}, index=pd.Index(["x", "y", "z"], name="loss")))
    assert found["a"].tolist() == [1.5, 3, 1.5]


def test_orders_are_compared_by_ranks() -> None:
    means = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "same": [10.0, 11.0, 90.0, 91.0], "turned": [4.0, 3.0, 2.0, 1.0]})
    means["nearly"] = [2.0, 1.0, 3.0, 4.0]
    found = rank_correlations(means).set_index("compared_with")
    # One swap of neighbours: 1 - 6 (1 + 1) / (4 (16 - 1)).
    assert found["rank_correlation"].to_dict() == pytest.approx({"same": 1, "turned": -1, "nearly": 0.8})
    assert set(found["order"]) == {"a"} and set(found["losses"]) == {4}


def test_headlines_are_of_one_group_of_losses_and_leave_out_what_has_none() -> None:
    found = headlines({"a": trials(FIRST), "alone": trials({"mmgan": [1.0, 2.0]})})
    assert found["part"].tolist() == ["a"] and found["n"].tolist() == [6]
    low, high = found["spread_low"].item(), found["spread_high"].item()
    assert low < found["spread"].item() < high
    # Geometric means: sqrt(30 x 32) over sqrt(10 x 14), which the estimate shrinks.
    assert 1 < found["best_to_worst"].item() < np.sqrt(960 / 140)
    assert headlines({"alone": trials({"mmgan": [1.0, 2.0]})}).empty


def test_the_overview_counts_settings_seeds_and_trials_without_a_score() -> None:
    found = overview({"b": trials(SECOND, steps=2000)}).iloc[0].to_dict()
    assert found["steps"] == "2,000" and found["score"] == "FID" and found["data set"] == "MNIST"
    assert [found[c] for c in ("losses", "settings", "seeds", "trials", "without_score")] == [3, 1, 2, 6, 1]
