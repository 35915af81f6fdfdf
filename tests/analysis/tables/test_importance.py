from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.published_studies import STUDIES
from support.synthetic_trials import study

from benchmark.analysis.tables.importance import (
    importances,
    learning_rates,
    lower_ends,
    narrowed_ranges,
    searched,
    with_rate,
)
from benchmark.analysis.trials import checked, read_trials

pytestmark = pytest.mark.slow


def test_the_rate_that_makes_the_score_has_its_share_and_is_the_first_factor() -> None:
    found = importances(checked(study(24, 1, losses=("lsgan", "wgan", "vae"), diverged=0, failed=0)))
    assert found["of"].unique().tolist() == ["all models", "the GANs", "LS GAN", "WGAN", "VAE"]
    assert (found.groupby("of").head(1)["factor"] == "learning rate").all()
    rate = found[found["factor"] == "learning rate"]
    assert (rate["share"] > rate["shuffled"]).all() and (rate["forest_r2"] > 0.5).all()
    assert (rate["low"] <= rate["share"]).all() and (rate["cubic"] > 0.9).all()
    together = found[found["of"] == "the GANs"]
    assert {"loss", "own settings of the loss", "loss x learning rate"} < set(together["factor"])
    assert "clip" in set(found.loc[found["of"] == "WGAN", "factor"]) and "loss" not in set(rate["factor"])
    idle = together[together["factor"] == "Adam beta1"]
    assert (idle["share"] < 0.05).all()


def test_trials_without_a_score_are_counted_and_count_as_the_worst() -> None:
    table = study(14, 1, losses=("lsgan",), diverged=0, failed=0)
    table.loc[:2, ["status", "best"]] = ["diverged", np.inf]
    ((_, trials),) = searched(checked(table))
    assert trials["value"].tolist()[:3] == [table["best"][3:].max()] * 3
    assert (importances(checked(table))["without_score"] == 3).all()


@pytest.mark.parametrize("samples", [2, 3, 7])
def test_few_trials_have_few_tables_and_no_error(samples: int) -> None:
    table = checked(study(samples, 1, losses=("lsgan", "hinge@1")))
    for make in (importances, learning_rates, narrowed_ranges):
        make(table)
    assert importances(checked(study(samples, 1, losses=("lsgan",)))).empty


def test_losses_of_different_numbers_of_trials_go_together() -> None:
    many, few = study(20, 1, losses=("lsgan",)), study(3, 1, losses=("wgan",)).assign(id=[f"w{i}" for i in range(3)])
    single = study(1, 1, losses=("began",)).assign(id="b")
    found = importances(checked(pd.concat([many, few, single], ignore_index=True)))
    assert found["of"].unique().tolist() == ["the GANs", "LS GAN"] and found["n"].max() <= 24
    table = checked(pd.concat([many, few], ignore_index=True))
    assert narrowed_ranges(table)["n"].is_monotonic_decreasing


def test_a_hyperparameter_of_a_loss_of_ones_own_is_a_factor_and_a_table_without_rates_has_none_of_them() -> None:
    table = study(14, 1, losses=("lsgan", "wgan"), diverged=0, failed=0).drop(columns="h_learning_rate")
    table["h_spectral"] = np.arange(len(table)) % 2 == 1
    table["best"] = np.where(np.arange(len(table)) % 2, 10.0, 20.0) + np.arange(len(table)) / 100
    found = importances(checked(table))
    own = found[(found["of"] == "LS GAN") & (found["factor"] == "spectral")]
    assert own["share"].item() > 0.7
    assert learning_rates(checked(table)).empty and narrowed_ranges(checked(table)).empty


def test_seeds_are_no_search() -> None:
    table = checked(study(1, 5))
    assert importances(table).empty and learning_rates(table).empty and narrowed_ranges(table).empty


def test_the_lower_ends_leave_every_loss_two_settings() -> None:
    rates = {"a": [1e-5, 2e-4, 5e-4, 2e-3], "b": [2e-5, 1e-3, 5e-3]}
    trials = pd.DataFrame([{"name": n, "log_rate": np.log10(r)} for n, of in rates.items() for r in of])
    assert lower_ends(trials) == pytest.approx([1e-5, 3e-5, 1e-4, 3e-4])
    assert lower_ends(trials[trials["log_rate"] > -3.5]) != [] and lower_ends(trials.iloc[:5]) == []
    assert lower_ends(trials.iloc[:0]) == []


@pytest.mark.parametrize(
    ("name", "cubic", "of_the_rest", "shares"),
    [
        ("fashion-standard", 0.51, 0.09, [0.02, 0.05, 0.13, 0.19, 0.33]),
        ("mnist-quick", 0.56, 0.08, None),
        ("triangles-quick", 0.55, 0.09, None),
    ],
)
def test_the_published_searches(name: str, cubic: float, of_the_rest: float, shares: list[float] | None) -> None:
    table = read_trials(STUDIES / name)
    rate = learning_rates(table).set_index("of").loc["the GANs"]
    assert rate["cubic"] == pytest.approx(cubic, abs=0.006) and rate["low"] < rate["cubic"] < rate["high"]
    assert rate["share_of_losses_of_the_rest"] == pytest.approx(of_the_rest, abs=0.006)
    if shares is not None:
        rows = narrowed_ranges(table)
        rows = rows[rows["of"] == "the GANs"]
        assert rows["share_of_losses"].tolist() == pytest.approx(shares, abs=0.006)
        assert rows["rates_from"].tolist()[1:] == pytest.approx([3e-5, 1e-4, 3e-4, 1e-3])
        assert rows["spread"].tolist()[-1] == pytest.approx(1.81, abs=0.005)
    ((_, trials),) = searched(table)
    assert len(with_rate(trials)) == len(table)
