"""The table of trials: each has its row, however it ended."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from support.tiny_study import finished, result, trials

from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names, row, table


def test_every_planned_trial_has_a_row(store: Store) -> None:
    planned = trials(4)
    endings = dict(zip((t.id for t in planned), ("ok", "diverged", "failed", None), strict=True))
    finished(planned, store, lambda t: result(endings[t.id], best=4.0) if endings[t.id] else None)  # type: ignore[arg-type]
    rows = table(planned, store)
    assert rows["id"].tolist() == [t.id for t in planned]
    assert rows["status"].tolist() == ["ok", "diverged", "failed", "pending"]
    assert rows["best"].tolist()[:2] == [4.0, math.inf] and rows["best"].isna().tolist() == [False, False, True, True]
    assert rows["last"].tolist()[:2] == [5.0, math.inf]
    assert rows["study_hash"].tolist()[:3] == ["0"] * 3 and pd.isna(rows["study_hash"][3])
    assert rows["h_learning_rate"].tolist() == [2e-4] * 4


def test_a_trial_that_diverged_keeps_what_it_had_beside_the_worst_score() -> None:
    scores = [{"step": 4.0, "fid_pixels": 9.0}, {"step": 8.0, "fid_pixels": 5.0}, {"step": 12.0, "fid_pixels": 6.0}]
    late, early = replace(result("diverged"), scores=scores), result("diverged")
    values = row(trials(1)[0], late)
    assert (values["best"], values["last"], values["best_before_divergence"]) == (math.inf, math.inf, 5.0)
    for ending in (early, result(), result("failed"), None):  # those that had none, or did not diverge
        assert row(trials(1)[0], ending)["best_before_divergence"] is None


def test_a_row_says_how_many_images_trained_and_how_many_real_ones_judge() -> None:
    values = row(trials(1)[0], replace(result(), environment={"train_images": 60, "real_images": 50}))
    assert (values["train_images"], values["real_images"]) == (60, 50)
    assert row(trials(1)[0], result())["train_images"] is None  # of an older result nobody knows


def test_the_reason_is_the_last_line_of_a_traceback() -> None:
    values = row(trials(1)[0], result("failed", reason="Traceback:\n  line 1\nValueError: broken\n"))
    assert values["reason"] == "ValueError: broken" and values["best"] is None


@pytest.mark.parametrize(
    "column", ["torch", "device_name", "commit", "dirty", "precision", "seconds", "study_hash", "attempts"]
)
def test_a_row_says_what_made_it(column: str) -> None:
    assert row(trials(1)[0], result())[column] is not None


def test_a_trial_is_shown_by_the_names_in_print_and_without_them_by_its_keys() -> None:
    (trial,) = trials(1)
    assert Names({"lsgan": "LS GAN"}, {"noise": "Noise"}).title(replace(trial, variant="v1")) == "LS GAN (v1) on Noise seed 0"
    assert Names().title(replace(trial, sample=3)) == "lsgan on noise sample 3 seed 0"
