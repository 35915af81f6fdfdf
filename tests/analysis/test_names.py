"""Names in print: the table's own, else the paper's, else keys; and what is told apart."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.analysis.names import choice_names, dataset_names, labels, listed, loss_names, measured
from benchmark.analysis.summary import summarise
from benchmark.analysis.trials import checked
from benchmark.factors import PENALTY


def table(losses: dict[str, str | None], column: str = "loss") -> pd.DataFrame:
    """A trial of each of the losses or data sets, with their names where they are known."""
    rows = [{"loss": "vae", "dataset": "mnist", "status": "ok", "score": "fid", "best": 1.0, column: key} for key in losses]
    return pd.DataFrame(rows).assign(**{f"{column}_name": list(losses.values())})


def test_a_loss_goes_by_the_name_in_its_table() -> None:
    names = loss_names(table({"hinge@1": "Hinge loss", "wgan": "WGAN", "began": None}))
    assert names == {"hinge@1": "Hinge loss", "wgan": "WGAN", "began": "BEGAN"}


def test_an_older_table_has_the_paper_s_names_and_else_keys() -> None:
    old = table({"wgangp": None, "hinge@1": None}).drop(columns="loss_name")
    assert loss_names(old) == {"wgangp": "WGAN GP", "hinge@1": "hinge"}
    assert dataset_names(old.assign(dataset=["fashion-mnist", "squares"])) == {
        "fashion-mnist": "Fashion-MNIST",
        "squares": "squares",
    }


def test_a_table_of_old_and_new_rows_has_one_name_for_a_loss() -> None:
    both = table({"hinge@1": "Hinge loss", "vae": None})
    both = pd.concat([both, both.assign(loss_name=None)], ignore_index=True)
    assert list(checked(both)["name"]) == ["VAE", "VAE", "Hinge loss", "Hinge loss"]


def test_losses_of_one_name_are_told_apart() -> None:
    names = loss_names(table({"a@1": "Hinge loss", "b@2": "Hinge loss", "c@3": "Another"}))
    assert names == {"a@1": "Hinge loss@1", "b@2": "Hinge loss@2", "c@3": "Another"}


def test_losses_of_the_paper_that_a_table_calls_alike_are_told_apart() -> None:
    assert loss_names(table({"lsgan": "LS GAN", "wgan": "LS  GAN "})) == {"lsgan": "LS GAN", "wgan": "LS GAN@wgan"}
    assert loss_names(table({"lsgan": "Mine", "wgan": "Mine"})) == {"lsgan": "Mine@lsgan", "wgan": "Mine@wgan"}
    rows = table({"lsgan": "LS GAN", "wgan": "LS GAN"})
    assert summarise(rows)["n"].tolist() == [1, 1]


KEYS = st.text("ab@1", min_size=1, max_size=4)


@given(st.dictionaries(KEYS, st.sampled_from(["X", "X@1", "X@a", "X@a@a", "X (v1)", "WGAN", "WGAN@1", None]), min_size=1))
def test_different_losses_have_different_names(losses: dict[str, str | None]) -> None:
    names = loss_names(table(losses | {"wgan": "WGAN", "vae": "X"}))
    assert names.keys() == losses.keys() | {"wgan", "vae"} and len(set(names.values())) == len(names)
    assert names["wgan"] == "WGAN"


def test_a_variant_called_as_an_optimiser_is_is_not_taken_for_it() -> None:
    rows = pd.concat([table({"hinge@1": None})] * 2, ignore_index=True)
    names = labels(rows.assign(variant=["rmsprop", "paper"], optimiser=["adam", "rmsprop"])).tolist()
    assert names == ["hinge (variant rmsprop)", "hinge (rmsprop)"]


def crossed(*rows: tuple[str, str], **columns: object) -> pd.DataFrame:
    """A trial of NS GAN with each penalty and normalisation."""
    return (
        table({"nsgan": None})
        .loc[[0] * len(rows)]
        .reset_index(drop=True)
        .assign(penalty=[penalty for penalty, _ in rows], normalisation=[normalisation for _, normalisation in rows], **columns)
    )


def test_penalty_and_normalisation_go_by_the_names_in_the_table_and_are_left_out_where_usual() -> None:
    rows = crossed(("none", "setting"), ("r1", "setting"), ("none", "spectral"), ("r1", "none"))
    assert labels(rows).tolist() == ["NS GAN", "NS GAN + r1", "NS GAN, spectral", "NS GAN + r1, none"]
    penalties, normalisations = ["no penalty", "R1"] * 2, ["", "", "spectral norm", "no norm"]
    named = rows.assign(penalty_name=penalties, normalisation_name=normalisations)
    assert labels(named).tolist() == ["NS GAN", "NS GAN + R1", "NS GAN, spectral norm", "NS GAN + R1, no norm"]
    assert choice_names(named, PENALTY) == {"none": "no penalty", "r1": "R1"}


def test_a_table_without_the_columns_or_with_empty_cells_has_the_usual_choices() -> None:
    old = crossed(("none", "setting"), ("r1", "setting"))
    assert labels(old.drop(columns=["penalty", "normalisation"])).tolist() == ["NS GAN", "NS GAN"]
    assert labels(old.assign(penalty=[None, "r1"], normalisation=None)).tolist() == ["NS GAN", "NS GAN + r1"]


def test_two_versions_of_a_penalty_are_told_apart() -> None:
    rows = crossed(("mine@1", "setting"), ("mine@2", "setting"), penalty_name="Mine")
    assert labels(rows).tolist() == ["NS GAN + Mine@1", "NS GAN + Mine@2"]


PARTS = st.sampled_from(["none", "setting", "r1", "r1, spectral", "spectral", "a + b", "x (v1)", "a@1", "a@2"])


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(PARTS, PARTS), min_size=1, max_size=6, unique=True))
def test_different_combinations_have_different_names(pairs: list[tuple[str, str]]) -> None:
    assert labels(crossed(*pairs)).nunique() == len(pairs)


def test_a_list_of_names_shows_where_one_ends() -> None:
    assert listed(["NS GAN", "VAE"]) == "NS GAN, VAE" and listed(["NS GAN, no norm", "VAE"]) == "NS GAN, no norm; VAE"


def test_a_loss_is_never_taken_for_one_of_the_paper_s_or_a_variant_of_it() -> None:
    names = loss_names(table({"mine@1": "WGAN", "other@2": "LS GAN (v1)", "lsgan": "LS GAN"}))
    assert names == {"mine@1": "WGAN@1", "other@2": "LS GAN (v1)@2", "lsgan": "LS GAN"}


def test_data_sets_of_one_name_are_told_apart() -> None:
    assert dataset_names(table({"s@1": "Stripes", "s@2": "Stripes"}, "dataset")) == {"s@1": "Stripes@1", "s@2": "Stripes@2"}


def test_the_paper_s_losses_and_data_sets_come_first_in_its_order_then_others_by_name() -> None:
    losses = checked(table({"a@1": "Zeta", "vae": None, "z@2": "Alpha", "mmgan": None}))
    assert losses["name"].tolist() == ["MM GAN", "VAE", "Alpha", "Zeta"]
    datasets = {"a@1": "Zeta", "triangles": "Triangles", "z@2": "Alpha", "celeba": "CelebA", "fashion-mnist": "Fashion-MNIST"}
    order = ["fashion-mnist", "celeba", "triangles", "z@2", "a@1"]
    assert checked(table(datasets, "dataset"))["dataset"].tolist() == order


def test_what_is_measured_names_the_score_that_chose_the_evaluation() -> None:
    own = table({"vae": None}).assign(score="fid_inception")
    assert measured(own) == "FID (Inception-v3 features), best evaluation of each run"
    assert measured(own.assign(chosen_by="fid_inception")) == measured(own)
    later = own.assign(score="kid_pixels", chosen_by="fid_inception")
    assert measured(later) == "kid_pixels, best evaluation of each run by FID (Inception-v3 features)"
