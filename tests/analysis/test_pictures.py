from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.pictures import chosen_trials, picture_of, titled_pictures
from benchmark.analysis.trials import checked

COMMON = {"dataset": "mnist", "score": "fid_classifier", "optimiser": "adam"}


def trials(loss: str, *scores: float | None, **changes: object) -> pd.DataFrame:
    """Samples of a search, one seed of each; None is the score of a failed trial."""
    rows = [
        COMMON | {"loss": loss, "sample": i, "seed": 0, "status": "failed" if s is None else "ok", "best": s} | changes
        for i, s in enumerate(scores)
    ]
    return pd.DataFrame(rows)


TABLE = checked(pd.concat([trials("vae", 3.0, 1.0, 2.0), trials("mmgan", 40.0, 10.0, 30.0, 20.0), trials("wgan", None)]))


@pytest.mark.parametrize(("which", "scores"), [("best", [10.0, 1.0]), ("median", [20.0, 2.0]), ("worst", [40.0, 3.0])])
def test_the_chosen_are_actual_trials_in_the_papers_order_the_median_of_an_even_number_the_lower_one(
    which: str, scores: list[float]
) -> None:
    chosen = chosen_trials(TABLE, which)  # type: ignore[arg-type]
    assert chosen["name"].tolist() == ["MM GAN", "VAE"] and chosen["best"].tolist() == scores


def test_no_trial_that_ended_ok_no_choice() -> None:
    assert chosen_trials(checked(trials("vae", None)), "median").empty


def test_every_data_set_and_every_optimiser_has_its_own() -> None:
    table = checked(
        pd.concat([trials("vae", 3.0), trials("vae", 2.0, dataset="cifar10"), trials("vae", 1.0, optimiser="rmsprop")])
    )
    chosen = chosen_trials(table, "best")
    assert dict(zip(zip(chosen["dataset"], chosen["name"], strict=True), chosen["best"], strict=True)) == {
        ("mnist", "VAE"): 3.0,
        ("mnist", "VAE (rmsprop)"): 1.0,
        ("cifar10", "VAE"): 2.0,
    }


def test_where_a_setting_has_several_seeds_they_alone_are_chosen_from() -> None:
    seeds = trials("vae", 5.0, 6.0, 7.0).assign(sample=0, seed=[0, 1, 2])
    search = trials("vae", 1.0, 2.0).assign(sample=[1, 2])
    table = checked(pd.concat([seeds, search]))
    assert [chosen_trials(table, which)["best"].tolist() for which in ("best", "median", "worst")] == [[5.0], [6.0], [7.0]]


def test_a_picture_is_read_only_inside_the_tables_folder(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    for path in ("outside.png", "study/inside.png"):
        (tmp_path / path).touch()
    (tmp_path / "study" / "circle.png").symlink_to(tmp_path / "study" / "circle.png")

    def found(name: object) -> Path | None:
        return picture_of(pd.Series({"picture": name}), tmp_path / "study")

    assert found("inside.png") == tmp_path / "study" / "inside.png"
    others = ("../outside.png", "none.png", "", np.nan, "circle.png", "x" * 300)
    assert [found(name) for name in others] == [None] * len(others)
    assert picture_of(pd.Series({"picture": "inside.png"}), None) is None


def test_no_loss_goes_missing_for_want_of_a_picture_or_a_score(tmp_path: Path) -> None:
    (tmp_path / "vae.png").touch()
    there = pd.Series({"vae": "vae.png"})
    table = checked(TABLE.assign(picture=TABLE["loss"].map(there).fillna("gone.png")))
    assert titled_pictures(table, "mnist", "best", tmp_path) == {
        "MM GAN, 10.00": None,
        "WGAN, no score": None,
        "VAE, 1.00": tmp_path / "vae.png",
    }
    assert titled_pictures(checked(TABLE.assign(picture="gone.png")), "mnist", "best", tmp_path) == {}
    assert titled_pictures(table, "mnist", "best", None) == {}
