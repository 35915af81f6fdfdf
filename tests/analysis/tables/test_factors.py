from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.crossed_trials import crossed_study
from support.synthetic_trials import study

from benchmark.analysis.tables import tables, tables_in_print
from benchmark.analysis.tables.factors import REST, combinations, factor_levels, factor_shares
from benchmark.analysis.trials import checked


def test_the_choices_of_a_study_come_in_the_order_of_what_they_explain() -> None:
    # The means of four levels that are d apart have a variance of 5/4 d^2, and 1.5 z^2 one of 2.25 x 4/45.
    rows = factor_shares(checked(crossed_study(8, diverged=0))).set_index("factor")
    truth = {"normalisation": 0.3125, "learning rate": 0.2, "penalty": 0.1125, REST: 0.09, "loss": 0.05}
    total = sum(truth.values())
    assert rows.loc[list(truth), "share"].to_dict() == pytest.approx({f: v / total for f, v in truth.items()}, abs=0.05)
    assert list(rows.index)[:4] == ["normalisation", "learning rate", "penalty", "loss"] and rows.index[-1] == REST
    assert set(rows["n"]) == {512} and set(rows["combinations"]) == {64} and rows["choices"].tolist() == [1] * 4 + [2] * 6 + [0]
    held = [rows.loc[f, "low"] <= v / total <= rows.loc[f, "high"] for f, v in truth.items()]
    assert sum(held) >= 4


def test_over_seeds_there_is_no_learning_rate() -> None:
    rows = factor_shares(checked(crossed_study(1, 6, penalties=2, normalisations=2, diverged=0.1)))
    assert set(rows["over"]) == {"seeds"} and not rows["factor"].str.contains("learning rate").any()
    assert rows["without_score"].iloc[0] > 0 and rows["factor"].iloc[-1] == REST


def hand() -> pd.DataFrame:
    """LS GAN and WGAN without and with R1, two settings of each; one diverged, which counts as 16."""
    scores = {
        ("lsgan", "none"): (1.0, 4.0),
        ("lsgan", "r1"): (2.0, 2.0),
        ("wgan", "none"): (8.0, 16.0),
        ("wgan", "r1"): (4.0, np.inf),
    }
    rows = [
        {"loss": loss, "penalty": penalty, "best": score, "sample": i, "status": "ok" if np.isfinite(score) else "diverged"}
        for (loss, penalty), of_cell in scores.items()
        for i, score in enumerate(of_cell)
    ]
    return checked(pd.DataFrame(rows).assign(dataset="mnist", score="fid", seed=0))


def test_the_best_of_each_level_by_hand() -> None:
    rows = factor_levels(hand()).set_index(["factor", "level", "k"])
    assert rows.loc[("loss", "LS GAN", 1), "best_of_k"] == pytest.approx(9 / 4)
    # Of 1, 2, 2, 4 the lowest of two is 1 in 3 of 6 pairs and 2 in the others; of 4, 8, 16, 16 it is 4, 8, 16 in 3, 2, 1.
    assert rows.loc[("loss", "LS GAN", 2), "best_of_k"] == pytest.approx(1.5)
    assert rows.loc[("loss", "WGAN", 2), "best_of_k"] == pytest.approx((12 + 16 + 16) / 6)
    assert rows.loc[("penalty", "r1", 2), "best_of_k"] == pytest.approx((2 * 5 + 4) / 6)
    assert set(rows["n"]) == {4} and rows.loc[("penalty", "r1", 1), "without_score"] == 1
    assert (rows["low"] <= rows["best_of_k"]).all() and (rows["best_of_k"] <= rows["high"]).all()


def test_every_combination_by_hand() -> None:
    rows = combinations(hand()).set_index(["loss", "penalty"])
    assert rows["geometric_mean"].to_dict() == pytest.approx(
        {("LS GAN", "no penalty"): 2, ("LS GAN", "r1"): 2, ("WGAN", "no penalty"): 128**0.5, ("WGAN", "r1"): 8}
    )
    assert rows.loc[("WGAN", "r1"), ["n", "without_score", "lowest"]].tolist() == [2, 1, 4]


def test_tables_of_what_losses_explain_are_left_out_where_names_are_combinations() -> None:
    table = checked(crossed_study(3, 1, losses=2, penalties=2, normalisations=2))
    found = tables(table)
    assert list(found)[:3] == ["factors", "factor-levels", "combinations"]
    assert (
        not {"importance", "headline", "nested", "learning-rate"} & found.keys()
        and {"summary", "pairs", "robust"} <= found.keys()
    )
    assert len(found["summary"]) == 8 and "NS GAN + gradient penalty, batch norm" in set(found["summary"]["loss"])
    assert tables_in_print(table, found)["factors"]["95% interval"].str.contains(" to ").all()


def test_a_study_of_losses_alone_has_no_table_of_choices() -> None:
    assert not {"factors", "factor-levels", "combinations"} & tables(checked(study(3, 1, losses=("lsgan", "wgan")))).keys()
