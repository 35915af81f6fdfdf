from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.synthetic_trials import LOSSES, study

from benchmark.analysis.tables import read_tables, tables, write_tables
from benchmark.analysis.tables.comparison import ranks
from benchmark.analysis.trials import checked, count_last_scores

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


def row(table: pd.DataFrame, **values: object) -> pd.Series:
    (found,) = [r for _, r in table.iterrows() if all(r[k] == v for k, v in values.items())]
    return found


def hand(loss: str, values: list[float | None], **changes: object) -> pd.DataFrame:
    rows = [
        {
            "loss": loss,
            "dataset": "mnist",
            "score": "fid_classifier",
            "sample": i,
            "seed": 0,
            "best": v,
            "status": "failed" if v is None else "diverged" if np.isinf(v) else "ok",
            **changes,
        }
        for i, v in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_the_best_of_k_by_hand() -> None:
    # LS GAN: 1, 2 and one diverged, which counts as the worst score of all, 9.
    found = tables(checked(pd.concat([hand("lsgan", [1.0, 2.0, np.inf]), hand("wgan", [9.0, 5.0, 7.0])])))
    minima = found["minimum-against-budget"]
    # Of 1, 2, 9 drawn with replacement the lowest is 1, 2, 9 in 5, 3, 1 of 9 pairs and in 19, 7, 1 of 27 triples.
    expected = {1: 4.0, 2: (5 + 2 * 3 + 9) / 9, 3: (19 + 2 * 7 + 9) / 27}
    unbiased = {1: 4.0, 2: (1 + 1 + 2) / 3, 3: 1.0}
    for k, value in expected.items():
        found_row = row(minima, loss="LS GAN", k=k)
        assert found_row["expected"] == pytest.approx(value) and found_row["unbiased"] == pytest.approx(unbiased[k])
        assert found_row["band_low"] == 1 and found_row["band_high"] == 9
    assert row(minima, loss="WGAN", k=1)["expected"] == 7
    assert row(found["failures"], loss="LS GAN")["trials"] == 1
    assert row(found["robust"], loss="LS GAN")["median"] == 2 and row(found["robust"], loss="LS GAN")["n"] == 3


def test_all_tables_follow_where_diverged_trials_count_with_a_score() -> None:
    table = pd.concat([hand("lsgan", [1.0, 2.0, np.inf]), hand("wgan", [9.0, 5.0, np.inf])], ignore_index=True)
    table["best_before_divergence"] = [None, None, 6.0, None, None, None]
    found = tables(count_last_scores(checked(table)))
    summary = found["summary"]
    ls = row(summary, loss="LS GAN")
    assert (ls["n"], ls["mean"], ls["diverged"], ls["diverged_later"]) == (3, 3.0, 0, 1)
    assert row(summary, loss="WGAN")[["n", "mean", "diverged", "diverged_later"]].tolist() == [2, 7.0, 1, 0]
    assert row(found["robust"], loss="LS GAN")["mean"] == 3 and row(found["robust"], loss="WGAN")["mean"] == (9 + 5 + 9) / 3
    assert found["failures"][["loss", "status", "trials"]].to_numpy().tolist() == [
        ["LS GAN", "diverged", 1],
        ["WGAN", "diverged", 1],
    ]
    assert "diverged_later" not in tables(checked(table))["summary"]


def test_a_failed_trial_counts_as_the_worst_score_too() -> None:
    found = tables(checked(pd.concat([hand("lsgan", [1.0, None]), hand("wgan", [9.0, 5.0])])))
    assert row(found["robust"], loss="LS GAN")["mean"] == 5


def test_what_matters_comes_first_of_a_search_and_not_of_seeds() -> None:
    search = list(tables(checked(study(6, 1, losses=("lsgan", "wgan"), diverged=0, failed=0))))
    assert search[:2] == ["importance", "learning-rate"] and "headline" in search
    seeds = list(tables(checked(study(1, 4, losses=("lsgan", "wgan"), diverged=0, failed=0))))
    assert seeds[0] == "headline" and "importance" not in seeds


def test_a_search_and_its_seeds_have_summaries_of_their_own() -> None:
    both = tables(checked(study(6, 4, diverged=0, failed=0)))
    assert (both["summary-search"]["n"] == 6).all() and (both["summary-seeds"]["n"] == 4).all() and "summary" not in both
    assert {"best-score", "variance"} <= set(both)
    search = tables(checked(study(6, 1)))
    assert "summary" in search and not {"best-score", "variance", "ranks"} & set(search)


def test_ranks_need_several_data_sets() -> None:
    found = ranks(checked(study(30, 1, datasets=("mnist", "cifar10", "celeba"), diverged=0, failed=0)))
    assert found["mean_rank"].sum() == pytest.approx(8 * 9 / 2) and (found["data_sets"] == 3).all()


def test_every_table_is_written_in_three_formats(tmp_path: Path) -> None:
    trials = checked(study(6, 3, losses=LOSSES[:3], diverged=0.2, failed=0.1, datasets=("mnist", "cifar10")))
    found = tables(trials)
    names = write_tables(trials, tmp_path, found)
    assert set(names) == set(found) and len(names) == 15
    read = read_tables(tmp_path)
    assert set(read) == set(names)
    for name in names:
        lines = {e: (tmp_path / f"{name}.{e}").read_text().splitlines() for e in ("csv", "md", "tex")}
        assert len(lines["csv"]) - 1 == len(lines["md"]) - 2 == len(lines["tex"]) - 6 > 0
        pd.testing.assert_frame_equal(read[name], found[name].reset_index(drop=True), check_dtype=False)


@pytest.mark.parametrize("status", ["diverged", "failed", "pending"])
def test_a_table_without_any_score_still_counts(status: str) -> None:
    best = np.inf if status == "diverged" else np.nan
    found = tables(checked(study(2, 1, losses=("lsgan",)).assign(status=status, best=best, last=best)))
    assert found["summary"][status].tolist() == [2] and "pairs" not in found
