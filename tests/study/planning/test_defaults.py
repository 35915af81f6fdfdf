"""The quick budget's defaults: the best of an equal number of samples, found by a command."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmark.hyperparameters import LogUniform, sample
from benchmark.losses import find_loss, paper_losses
from benchmark.plugins import UserError
from benchmark.study.planning.defaults import TUNED_TABLE, default_setting
from benchmark.study.planning.names import TUNED

TABLE = pd.read_csv(TUNED_TABLE)


@pytest.mark.parametrize(("budget", "dataset"), TABLE[["budget", "dataset"]].drop_duplicates().itertuples(index=False))
@pytest.mark.parametrize("key", paper_losses())
def test_the_tuned_setting_is_one_that_a_search_draws(key: str, budget: str, dataset: str) -> None:
    loss = find_loss(key)
    fitted = {**loss.wide, "learning_rate": LogUniform(-3.5, -1.5)}  # that of fashion-fitted, without a default
    drawn = [[dict(loss.defaults), *sample(ranges, 29, "wide", key, dataset)] for ranges in (loss.wide, fitted)]
    (row,) = TABLE[(TABLE["loss"] == key) & (TABLE["budget"] == budget) & (TABLE["dataset"] == dataset)].to_dict("records")
    setting = default_setting(loss(), budget, dataset, "tuned", print)
    assert setting in [settings[row["sample"]] for settings in drawn] and setting.keys() == loss.defaults.keys()
    assert all(type(value) is type(loss.defaults[name]) for name, value in setting.items())


@pytest.mark.parametrize("budget", TUNED)
def test_data_sets_that_were_not_searched_have_fashion_mnist_s_settings(budget: str) -> None:
    loss = find_loss("lsgan")()
    of = {dataset: default_setting(loss, budget, dataset, "tuned", print) for dataset in ("fashion-mnist", "mnist", "cifar10")}
    assert of["cifar10"] == of["fashion-mnist"] and (of["mnist"] == of["fashion-mnist"]) == (budget == "standard")


def test_the_papers_defaults_are_used_at_every_budget_on_request() -> None:
    loss = find_loss("wgan")()
    for budget, choice in (("quick", "paper"), ("paper", "paper"), ("smoke", "paper")):
        assert default_setting(loss, budget, "fashion-mnist", choice, print) == loss.defaults


def test_a_loss_that_was_not_tuned_falls_back_to_its_own_defaults_and_says_so() -> None:
    class Mine(find_loss("nsgan")):  # type: ignore[misc]
        key = "mine"

    said: list[str] = []
    assert default_setting(Mine(), "quick", "fashion-mnist", "tuned", said.append) == Mine.defaults
    assert "mine" in said[0].lower() or "CONTRIBUTING" in said[0]


def test_a_table_without_the_loss_is_refused(tmp_path: Path) -> None:
    TABLE[(TABLE["loss"] == "lsgan")].to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(UserError, match="no scored trial of wgan"):
        default_setting(find_loss("wgan")(), "quick", "fashion-mnist", str(tmp_path / "table.csv"), print)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("something,else\n1,2\n")
    with pytest.raises(UserError, match=r"table\.csv lacks the column loss, dataset, status, score, best"):
        default_setting(find_loss("wgan")(), "quick", "fashion-mnist", str(tmp_path / "table.csv"), print)


@pytest.mark.parametrize(
    ("budget", "choice", "expected"),
    [
        ("smoke", "tuned", "quick and standard have them"),
        ("quick", "best", "Known: paper, tuned"),
        ("quick", "missing.csv", "No table of trials at missing.csv"),
    ],
)
def test_a_choice_that_cannot_be_met_is_refused(budget: str, choice: str, expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        default_setting(find_loss("wgan")(), budget, "fashion-mnist", choice, print)


def test_a_table_s_best_on_the_same_data_set_is_taken_else_on_its_first_whatever_other_data_sets_score(tmp_path: Path) -> None:
    rows = TABLE[(TABLE["loss"] == "wgan") & (TABLE["status"] == "ok")].sort_values("best", ascending=False).head(2)
    rows.assign(dataset=["mnist", "cifar10"]).to_csv(tmp_path / "table.csv", index=False)
    rates = rows["h_learning_rate"].tolist()
    for dataset, rate in (("mnist", rates[0]), ("cifar10", rates[1]), ("celeba", rates[0])):
        setting = default_setting(find_loss("wgan")(), "paper", dataset, str(tmp_path / "table.csv"), print)
        assert setting["learning_rate"] == pytest.approx(rate)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("h_clip", None, "h_clip is empty: WGAN needs a number above 0"),
        ("h_clip", 0, "h_clip = 0.0: WGAN needs a number above 0"),
        ("h_clip", "True", "h_clip = True: WGAN needs a number above 0"),
        ("h_discriminator_batch_norm", "WAHR", "h_discriminator_batch_norm = 'WAHR': true or false"),
        ("h_disc_iters", 1.7, "h_disc_iters = '1.7': a whole number of 1 or more"),
        ("best", "good", "best = 'good': a number"),
    ],
)
def test_a_table_s_setting_is_one_that_the_loss_can_have(tmp_path: Path, column: str, cell: object, said: str) -> None:
    rows = TABLE[(TABLE["loss"] == "wgan") & (TABLE["status"] == "ok")].astype(object)
    best = rows["best"].astype(float).argmin()
    rows.iloc[best, rows.columns.get_loc(column)] = cell
    rows.to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(UserError) as raised:
        default_setting(find_loss("wgan")(), "quick", "fashion-mnist", str(tmp_path / "table.csv"), print)
    assert f"table.csv, row {best + 2}: {said}" in str(raised.value)


def test_a_table_without_a_hyperparameter_of_the_loss_is_refused(tmp_path: Path) -> None:
    TABLE.drop(columns="h_clip").to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(UserError, match=r"table\.csv lacks the column h_clip"):
        default_setting(find_loss("wgan")(), "quick", "fashion-mnist", str(tmp_path / "table.csv"), print)


def test_a_whole_number_of_a_table_stays_what_the_loss_s_default_is(tmp_path: Path) -> None:
    class Mine(find_loss("wgan")):  # type: ignore[misc]
        key = "mine"
        defaults = {**find_loss("wgan").defaults, "margin": 1}

    rows = TABLE[(TABLE["loss"] == "wgan") & (TABLE["status"] == "ok")].assign(loss="mine")
    for cell, value in ((2.0, 2), (2.5, 2.5)):
        rows.assign(h_margin=cell).to_csv(tmp_path / "table.csv", index=False)
        setting = default_setting(Mine(), "quick", "fashion-mnist", str(tmp_path / "table.csv"), print)
        assert (setting["margin"], type(setting["margin"])) == (value, type(value))
