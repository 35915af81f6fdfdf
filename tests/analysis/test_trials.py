from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.synthetic_trials import study

from benchmark.analysis.trials import (
    checked,
    compared_trials,
    count_last_scores,
    divergence_note,
    is_search,
    read_trials,
    scored_before_divergence,
    search_trials,
    seed_trials,
    where,
    worst_scored,
)
from benchmark.plugins import UserError


def table(**changes: object) -> pd.DataFrame:
    return study(3, 2, losses=("vae", "nsgan"), diverged=0, failed=0).assign(**changes)


def message(error: pytest.ExceptionInfo[UserError]) -> str:
    lines = str(error.value).splitlines()
    assert 1 <= len(lines) <= 2
    return str(error.value)


@pytest.mark.parametrize("column", ["loss", "dataset", "status", "score", "best"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(UserError) as error:
        checked(table().drop(columns=column), "trials.csv")
    assert f"trials.csv lacks the column {column}" in message(error)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "done"}, "row 1: status = 'done': ok, diverged, failed, pending are known"),
        ({"best": "good"}, "row 1: best = 'good': a number, with a point, is needed"),
        ({"seed": 1.5}, "row 1: seed = 1.5: a whole number of 0 or more is needed"),
        ({"h_disc_iters": 0}, "row 1: h_disc_iters = 0: a whole number of 1 or more is needed"),
        ({"best": np.nan}, "row 1: the status is ok, but best has no finite score"),
        ({"best": np.inf}, "row 1: the status is ok, but best has no finite score"),
        ({"loss": None}, "row 1: loss is empty"),
        ({"id": "same"}, "the trial same is there twice"),
    ],
)
def test_values_that_cannot_be_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(UserError) as error:
        checked(table(**changes))
    assert said in message(error)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a table of trials"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "is not a table of trials"),
        (b"a,b\n1,2\n", "lacks the column loss, dataset"),
        (b"loss,dataset,status,score,best\n", "has no trials, only a header"),
        (b'loss,dataset\n"a,b\n', "is not a table of trials"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "trials.csv").write_bytes(content)
    for path in (tmp_path, tmp_path / "trials.csv"):  # a folder stands for its trials.csv
        with pytest.raises(UserError) as error:
            read_trials(path)
        assert said in message(error)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_trials(tmp_path / "none.csv")
    assert "No table of trials at" in message(error)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    before = study(4, 2, diverged=0.3, failed=0.2)
    before.to_csv(tmp_path / "trials.csv", index=False)
    after = read_trials(tmp_path)
    assert sorted(after["id"]) == sorted(before["id"]) and np.isinf(after.loc[after["status"] == "diverged", "best"]).all()
    pd.testing.assert_frame_equal(checked(before)[["id", "best"]], after[["id", "best"]], check_dtype=False)


def test_losses_go_by_their_name_with_variant_and_optimiser_in_the_papers_order() -> None:
    rows = pd.DataFrame(
        {
            "loss": ["hinge@1", "wgan", "wgan", "lsgan", "vae", "lsgan", "hinge@2"],
            "dataset": "mnist",
            "status": "ok",
            "best": 1.0,
            "score": "fid",
            "variant": ["paper", "paper", "paper", "v1", "paper", "paper", "paper"],
            "optimiser": ["adam", "rmsprop", "adam", "adam", None, "adam", "adam"],
        }
    )
    names = list(checked(rows)["name"])
    assert names == ["LS GAN", "LS GAN (v1)", "WGAN", "WGAN (rmsprop)", "VAE", "hinge@1", "hinge@2"]
    assert list(checked(rows[rows["loss"] != "hinge@2"])["name"])[-1] == "hinge"


def test_where_keeps_the_rows_that_meet_every_condition() -> None:
    trials = checked(table())
    assert set(where(trials, ["loss=vae", "seed=1"])["name"]) == {"VAE"} and len(where(trials, ["loss=vae", "seed=1"])) == 1
    for condition, said in (
        ("loss", "column=value"),
        ("los=vae", "lacks the column los"),
        ("loss=wgan", "Values: nsgan, vae"),
    ):
        with pytest.raises(UserError, match=said):
            where(trials, [condition])


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("h_disc_iters=1", 2),
        ("h_disc_iters=1.0", 2),
        ("h_disc_iters=5e0", 1),
        ("compiled=true", 2),
        ("compiled=True", 2),
        ("best=1.50", 1),
        ("study=1", 3),
    ],
)
def test_where_takes_a_number_in_any_way_to_write_it(condition: str, count: int) -> None:
    rows = pd.DataFrame(
        {
            "h_disc_iters": [1.0, 1.0, 5.0, np.nan],
            "compiled": [True, True, False, np.nan],
            "best": [1.5, 2, 3, np.inf],
            "study": ["1", "1", "1", "1.0"],  # text is itself alone
        }
    )
    assert len(where(rows, [condition])) == count


def test_diverged_and_failed_trials_have_the_worst_score_of_their_data_set_and_pending_ones_none() -> None:
    rows = pd.DataFrame(
        {
            "loss": ["vae", "vae", "wgan", "wgan", "wgan", "vae"],
            "dataset": ["a"] * 5 + ["b"],
            "score": "fid",
            "status": ["ok", "diverged", "ok", "failed", "pending", "diverged"],
            "best": [3.0, np.inf, 8.0, None, None, np.inf],
        }
    )
    ended = worst_scored(checked(rows))
    assert ended["value"].tolist() == [8.0, 8.0, 3.0, 8.0, np.inf]  # WGAN's two, VAE's two, and b without any score
    assert "pending" not in set(ended["status"])


def test_search_and_seeds_are_told_apart() -> None:
    both = checked(table())  # three samples with seed 0, and the best one with seed 1
    assert is_search(both)
    assert len(search_trials(both)) == 6 and set(search_trials(both)["seed"]) == {0}
    seeds = seed_trials(both)
    assert len(seeds) == 4 and (seeds.groupby("name")["sample"].nunique() == 1).all() and set(seeds["seed"]) == {0, 1}
    assert compared_trials(both)[1] == "seeds" and compared_trials(both[both["seed"] == 0])[1] == "samples"


def test_settings_are_known_by_their_values_where_there_are_no_samples() -> None:
    assert len(search_trials(checked(table().drop(columns="sample")))) == 6


def three_endings() -> pd.DataFrame:
    """A trial that ended ok, one that diverged after a score of 2, one that diverged before any score, one that failed."""
    return pd.DataFrame(
        {
            "loss": ["vae"] * 4,
            "dataset": "mnist",
            "score": "fid",
            "status": ["ok", "diverged", "diverged", "failed"],
            "best": [8.0, np.inf, np.inf, None],
            "best_before_divergence": [None, 2.0, None, None],
        }
    )


def test_a_diverged_trial_may_count_with_the_best_score_it_had() -> None:
    worst = checked(three_endings())
    assert worst_scored(worst)["value"].tolist() == [8.0] * 4 and not scored_before_divergence(worst).any()
    last = count_last_scores(worst)
    # One counts with its score; the one that never had any, and the failed one, still count as the worst.
    assert worst_scored(last)["value"].tolist() == [8.0, 2.0, 8.0, 8.0]
    assert scored_before_divergence(last).tolist() == [False, True, False, False]
    assert divergence_note(worst) == "" and divergence_note(last).startswith("1 of the trials with a score diverged later")
    assert worst["status"].tolist()[1] == "diverged"  # the table given is as it was


def test_how_diverged_trials_count_is_said_when_a_table_is_read(tmp_path: Path) -> None:
    three_endings().to_csv(tmp_path / "trials.csv", index=False)
    assert worst_scored(read_trials(tmp_path))["value"].tolist() == [8.0] * 4
    assert worst_scored(read_trials(tmp_path, "last-score"))["value"].tolist() == [8.0, 2.0, 8.0, 8.0]
    with pytest.raises(UserError) as error:
        read_trials(tmp_path, "last")
    assert "Did you mean last-score" in message(error) and "Known: worst, last-score" in message(error)


def test_a_table_that_does_not_say_what_diverged_trials_scored_is_refused_where_they_would_count(tmp_path: Path) -> None:
    old = three_endings().drop(columns="best_before_divergence")
    old.to_csv(tmp_path / "trials.csv", index=False)
    with pytest.raises(UserError) as error:
        read_trials(tmp_path, "last-score")
    assert "lacks the column best_before_divergence" in message(error)
    old[old["status"] != "diverged"].to_csv(tmp_path / "trials.csv", index=False)
    assert len(read_trials(tmp_path, "last-score")) == 2
