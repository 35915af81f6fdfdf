from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmark.analysis.summary import as_markdown, as_text, mean_interval, summarise
from benchmark.plugins import UserError

COMMON = {
    "dataset": "fashion-mnist",
    "variant": "paper",
    "budget": "quick",
    "steps": 500,
    "width": 0.25,
    "score": "fid_classifier",
    "extractor_fingerprint": "abc",
    "images": 1000,
}


def trials(
    loss: str, scores: Sequence[float] = (), *, diverged: int = 0, failed: int = 0, pending: int = 0, **changes: object
) -> pd.DataFrame:
    """A table as the store makes it: infinite scores for diverged trials, none for failed and pending ones."""
    rows = [{"status": "ok", "best": s, "last": s + 1} for s in scores]
    rows += [{"status": "diverged", "best": np.inf, "last": np.inf}] * diverged
    rows += [{"status": "failed", "best": None, "last": None}] * failed
    rows += [{"status": "pending", "best": None, "last": None}] * pending
    return pd.DataFrame([COMMON | {"loss": loss} | row | changes for row in rows])


def row(summary: pd.DataFrame, loss: str) -> pd.Series:
    (found,) = [values for _, values in summary.iterrows() if values["loss"] == loss]
    return found


def test_summary_matches_hand_values() -> None:
    nsgan = row(summarise(trials("nsgan", [1, 2, 6])), "NS GAN")
    assert (nsgan["n"], nsgan["mean"], nsgan["min"]) == (3, 3, 1)
    assert nsgan["std"] == pytest.approx(np.sqrt((4 + 1 + 9) / 2))
    # The 97.5% point of t with two degrees of freedom is 4.302653.
    half = 4.302653 * np.sqrt(7) / np.sqrt(3)
    assert (nsgan["ci_low"], nsgan["ci_high"]) == pytest.approx((3 - half, 3 + half), rel=1e-6)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_interval_agrees_with_scipys(confidence: float) -> None:
    values = np.random.default_rng(0).normal(30, 4, 11)
    expected = stats.t.interval(confidence, 10, loc=values.mean(), scale=stats.sem(values))
    assert mean_interval(pd.Series(values), confidence) == pytest.approx(expected, rel=1e-12)


def test_a_95_percent_interval_covers_the_mean_of_normal_samples_95_percent_of_the_time() -> None:
    samples = np.random.default_rng(0).normal(7, 3, (2000, 5))
    intervals = np.array([mean_interval(pd.Series(sample)) for sample in samples])
    share = np.mean((intervals[:, 0] <= 7) & (intervals[:, 1] >= 7))
    assert share == pytest.approx(0.95, abs=0.015)  # three standard errors of 0.0049


def test_every_planned_trial_is_counted_once_and_only_finished_ones_have_a_say() -> None:
    table = pd.concat([trials("wgan", [3, 5], diverged=2, failed=1, pending=4), trials("mmgan", [8])])
    wgan = row(summarise(table), "WGAN")
    counts = [wgan[name] for name in ("n", "diverged", "failed", "pending")]
    assert counts == [2, 2, 1, 4]
    assert sum(counts) == (table["loss"] == "wgan").sum()
    assert (wgan["mean"], wgan["min"]) == (4, 3)


def test_last_summarises_the_scores_of_the_last_checkpoints() -> None:
    assert row(summarise(trials("nsgan", [1, 2, 6]), "last"), "NS GAN")["mean"] == 4


def test_one_score_has_neither_spread_nor_interval() -> None:
    text = row(as_text(summarise(trials("lsgan", [12.345]))), "LS GAN")
    assert [text[name] for name in ("n", "mean", "std", "min", "95% CI")] == ["1", "12.35", "-", "12.35", "-"]


def test_a_loss_without_any_score_keeps_its_row() -> None:
    text = row(as_text(summarise(trials("began", diverged=3, pending=1))), "BEGAN")
    assert [text[name] for name in ("n", "mean", "std", "min", "95% CI")] == ["0", "-", "-", "-", "-"]
    assert [text[name] for name in ("diverged", "failed", "pending")] == ["3", "0", "1"]


def test_rows_are_in_the_papers_order_and_variants_stand_apart() -> None:
    table = pd.concat(
        [
            trials("mine@123", [1, 2]),
            trials("wgan", [1, 2]),
            trials("lsgan", [5, 7], variant="v1"),
            trials("lsgan", [1, 3]),
            trials("mmgan", [1, 2]),
            trials("wgan", [1], dataset="a-data-set"),
        ]
    )
    summary = summarise(table)
    assert list(zip(summary["dataset"], summary["loss"], summary["mean"], strict=True)) == [
        ("fashion-mnist", "MM GAN", 1.5),
        ("fashion-mnist", "LS GAN", 2),
        ("fashion-mnist", "LS GAN (v1)", 6),
        ("fashion-mnist", "WGAN", 1.5),
        ("fashion-mnist", "mine", 1.5),
        ("a-data-set", "WGAN", 1),
    ]


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("budget", "paper"),
        ("steps", 1000),
        ("width", 1.0),
        ("score", "fid_inception"),
        ("extractor_fingerprint", "def"),
        ("images", 10_000),
    ],
)
def test_trials_of_different_budgets_or_extractors_are_not_summarised_together(column: str, other: object) -> None:
    table = pd.concat([trials("nsgan", [1, 2]), trials("wgan", [1, 2], **{column: other})])
    with pytest.raises(UserError, match=f"different {column} cannot be compared .*{other}"):
        summarise(table)


def test_trials_without_a_score_do_not_hinder_the_others() -> None:
    table = trials("nsgan", [1, 2], failed=1, pending=1)
    table.loc[table["status"].isin(["failed", "pending"]), "extractor_fingerprint"] = None
    assert summarise(table)[["n", "failed", "pending"]].values.tolist() == [[2, 1, 1]]


def test_the_summary_as_text_and_markdown() -> None:
    text = as_text(summarise(trials("nsgan", [1, 2, 6], failed=1)))
    assert as_markdown(text) == (
        "| dataset | loss | n | mean | std | min | 95% CI | diverged | failed | pending |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| fashion-mnist | NS GAN | 3 | 3.00 | 2.65 | 1.00 | -3.57 to 9.57 | 0 | 1 | 0 |\n"
    )
