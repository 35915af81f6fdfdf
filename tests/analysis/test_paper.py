"""What is the paper's is what this package has, and its numbers stand beside what measures the same."""

from __future__ import annotations

import pandas as pd
import pytest
from support.synthetic_trials import LIKE_THE_PAPER, LOSSES, study

from benchmark.analysis.paper import (
    best_fid,
    comparable,
    data_sets,
    dataset_names,
    default_settings,
    formulas,
    loss_names,
)
from benchmark.analysis.trials import checked
from benchmark.data import known_datasets
from benchmark.losses import paper_losses


def test_its_eight_models_have_the_names_of_ours_in_the_order_of_its_tables() -> None:
    assert list(loss_names()) == ["mmgan", "nsgan", "lsgan", "wgan", "wgangp", "dragan", "began", "vae"]
    assert dict(loss_names()) == {key: cls.name for key, cls in paper_losses().items()}
    assert formulas()["loss"].tolist() == list(loss_names())


def test_its_data_sets_have_the_names_and_shapes_of_ours() -> None:
    assert list(dataset_names()) == ["mnist", "fashion-mnist", "cifar10", "celeba", "triangles"]
    for row in data_sets().itertuples():
        ours = known_datasets()[str(row.dataset)]
        channels, height, width = ours.image_shape
        assert (row.name, row.shape) == (ours.name, f"{height}x{width}x{channels}")
    assert data_sets().set_index("dataset").loc["cifar10", ["train", "test"]].tolist() == [50_000, 10_000]


def test_the_papers_table_is_complete() -> None:
    paper = best_fid()
    assert len(paper) == 32 and set(paper["loss"]) == set(LOSSES) and set(formulas()["loss"]) == set(LOSSES)
    assert paper.groupby("dataset")["steps"].first().to_dict() == {
        "mnist": 15_625,
        "fashion-mnist": 15_625,
        "cifar10": 78_125,
        "celeba": 101_250,
    }
    assert (paper.loc[paper["loss"] == "vae", "note"] == "as remembered").all()


def test_its_default_settings_are_those_of_ours() -> None:
    ours = {key: cls.defaults for key, cls in paper_losses().items()}
    theirs = {
        row["loss"]: {name: value for name, value in row.items() if name != "loss" and not pd.isna(value)}
        for row in default_settings().to_dict("records")
    }
    assert theirs == {key: {n: v for n, v in h.items() if n in theirs[key]} for key, h in ours.items()}
    assert {n for h in ours.values() for n in h} - {n for h in theirs.values() for n in h} == {
        "a",
        "b",
        "c",
    }  # LS GAN's targets


OURS = checked(study(1, 5, losses=("mmgan", "vae"), datasets=("mnist",), diverged=0, failed=0, **LIKE_THE_PAPER))


def test_its_numbers_stand_beside_trials_of_its_code_with_its_budget_and_data() -> None:
    rows, why_not = comparable(OURS, best_fid())
    assert why_not == "" and rows.loc["MM GAN (v1)", ["mean", "std"]].tolist() == [9.8, 0.9]
    assert rows.loc["VAE (v1)", "note"] == "as remembered"
    as_in_a_file = OURS.assign(train_images=60_000.0, real_images=10_000.0)  # where a trial without them makes them floats
    assert comparable(as_in_a_file, best_fid())[0].index.tolist() == rows.index.tolist()


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("variant", "paper", "variant paper, not v1"),
        ("variant", "kernels", "variant kernels, not v1"),
        ("optimiser", "rmsprop", "optimiser rmsprop, not adam"),
        ("score", "fid_classifier", "score fid_classifier, not fid_inception"),
        ("steps", 1000, "steps 1000, not 15625"),
        ("batch", 128, "batch 128, not 64"),
        ("width", 0.25, "width 0.25, not 1"),
        ("images", 1000, "images 1000, not 10000"),
        ("train_images", 50_000, "train_images 50000, not 60000"),
        ("train_images", None, "train_images unknown, not 60000"),
        ("real_images", 19_962.0, "real_images 19962, not 10000"),
        ("real_images", None, "real_images unknown, not 10000"),
    ],
)
def test_what_is_another_or_unknown_keeps_its_numbers_away(fact: str, value: object, said: str) -> None:
    for other in [OURS.assign(**{fact: value})] + [OURS.drop(columns=fact)] * (value is None):
        rows, why_not = comparable(other, best_fid())
        assert rows.empty and why_not == said
    some = OURS.astype({fact: object})
    some.loc[some.index[-1], fact] = value  # one trial of the VAE
    rows, why_not = comparable(some, best_fid())
    assert rows.index.tolist() == ["MM GAN (v1)"] and why_not == ""


def test_a_data_set_or_loss_that_it_has_not_and_trials_without_a_score_have_nothing_beside_them() -> None:
    assert comparable(OURS.assign(dataset="triangles"), best_fid())[1] == "the paper has none for this data set"
    assert comparable(OURS.assign(loss="hinge", name="hinge"), best_fid())[1] == "the paper has none for hinge"
    assert comparable(OURS.assign(status="pending"), best_fid())[1] == "no trial has a score"
    pending = OURS.assign(train_images=OURS["train_images"].astype(float))
    pending.loc[pending.index[0], ["status", "train_images"]] = ["pending", None]  # which is not yet known of it
    assert len(comparable(pending, best_fid())[0]) == 2


def test_the_reason_is_that_of_the_loss_that_differs_least() -> None:
    both = pd.concat([OURS.assign(steps=9), OURS.assign(steps=9, variant="paper", name=OURS["name"].str.removesuffix(" (v1)"))])
    assert comparable(both, best_fid())[1] == "steps 9, not 15625"
