from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from support.synthetic_trials import study

from benchmark.analysis.report.page_data import page_data
from benchmark.analysis.trials import checked


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    trials = study(3, 1, losses=("lsgan", "mine@1"), diverged=0, failed=0)
    trials.loc[0, ["status", "best"]] = ["diverged", np.inf]
    return checked(trials.assign(best=trials["best"].replace(trials["best"].iloc[1], 12.3456789)))


def test_the_data_is_json_without_infinities(table: pd.DataFrame) -> None:
    assert json.loads(json.dumps(page_data(table), allow_nan=False)) == page_data(table)


def test_a_row_per_trial_with_five_digits_and_null_for_what_is_infinite(table: pd.DataFrame) -> None:
    data = page_data(table)
    best = [c["key"] for c in data["columns"]].index("best")
    assert len(data["rows"]) == len(table) and [row[best] for row in data["rows"]][:2] == [None, 12.346]


def test_columns_have_names_and_hyperparameters_their_scales(table: pd.DataFrame) -> None:
    columns = {c["key"]: c for c in page_data(table)["columns"]}
    assert columns["h_beta1"]["name"] == "Adam beta1" and columns["id"]["name"] == "trial"
    assert columns["h_discriminator_batch_norm"]["switch"] and not columns["h_beta1"]["switch"]
    assert not columns["best"]["parameter"] and columns["h_beta1"]["parameter"]


def test_a_loss_is_drawn_as_in_the_figures(table: pd.DataFrame) -> None:
    assert page_data(table)["losses"] == {
        "LS GAN": {"colour": "#009E73", "marker": "^", "hollow": False},
        "mine": {"colour": "#7F7F7F", "marker": "h", "hollow": False},
    }
    black = page_data(checked(study(2, 1, losses=("vae",))))["losses"]["VAE"]
    assert black["colour"] == "currentColor"  # the text's, which is seen on a dark page too
