from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.published_studies import STUDIES
from support.synthetic_trials import study

from benchmark.analysis.tables.headline import headline, nested
from benchmark.analysis.trials import checked, read_trials


@pytest.mark.parametrize(
    ("name", "low", "high"),
    # Recomputed by an independent reader from the published tables.
    [
        ("fashion-standard", 1.00, 1.73),
        ("mnist-quick", 1.00, 5.0),
        ("triangles-quick", 1.00, 8.7),
        ("fashion-standard-seeds", 1.14, 1.58),
        ("mnist-quick-seeds", 1.57, 5.4),
        ("triangles-quick-seeds", 2.4, 22),
    ],
)
def test_the_published_spreads_agree_with_an_independent_reader(name: str, low: float, high: float) -> None:
    found = headline(read_trials(STUDIES / name)).set_index("of").loc["the GANs"]
    assert found["spread_low"] == pytest.approx(low, rel=0.08) and found["spread_high"] == pytest.approx(high, rel=0.08)
    assert found["spread_low"] <= found["spread"] <= found["spread_high"]
    assert (
        found["best_to_worst_low"] <= found["best_to_worst"] <= found["best_to_worst_observed"] <= found["best_to_worst_high"]
    )


def test_the_rows_are_all_the_gans_and_without_each() -> None:
    table = checked(study(4, 3, losses=("lsgan", "wgan", "began", "vae"), diverged=0, failed=0))
    found = headline(table)
    of = ["all models", "the GANs", *(f"the GANs without {name}" for name in ("LS GAN", "WGAN", "BEGAN"))]
    assert found["of"].tolist() == of * 2 and found["losses"].tolist() == [4, 3, 2, 2, 2] * 2
    assert found["over"].tolist() == ["random settings"] * 5 + ["seeds"] * 5
    assert found["n"].tolist() == [16, 12, 8, 8, 8, 12, 9, 6, 6, 6]


def test_trials_without_a_score_count_as_the_worst() -> None:
    table = study(1, 4, losses=("lsgan", "wgan"), diverged=0, failed=0)
    table["best"] = [1.0, 1, 1, 2, 4, 4, 4, 4]
    table.loc[3, ["status", "best"]] = ["diverged", np.inf]
    (row,) = headline(checked(table)).to_dict("records")
    assert row["without_score"] == 1 and row["best_to_worst_observed"] == pytest.approx(4 / 4**0.25)


@pytest.mark.parametrize(("samples", "seeds"), [(1, 1), (2, 1), (3, 1), (1, 2)])
def test_one_loss_has_no_headline_and_few_trials_no_error(samples: int, seeds: int) -> None:
    assert headline(checked(study(samples, seeds, losses=("lsgan",)))).empty
    headline(checked(study(samples, seeds, losses=("lsgan", "hinge@1"))))
    assert nested(checked(study(samples, seeds, losses=("lsgan", "wgan")))).empty
    pending = study(samples, seeds).assign(status="pending", best=np.nan, last=np.nan)
    assert headline(checked(pending)).empty and nested(checked(pending)).empty


def test_the_published_second_settings_without_each_loss() -> None:
    second = read_trials(STUDIES / "fashion-second-seeds")
    first = read_trials(STUDIES / "fashion-standard-seeds")
    first = first[first["name"].isin(second["name"])]
    found = nested(pd.concat([first, second], ignore_index=True)).set_index("of")
    assert found.loc["the GANs", ["losses", "settings", "seeds"]].tolist() == [7, 2, 5]
    assert found.loc["the GANs", "p"] == pytest.approx(0.012, abs=0.0005)
    assert found.loc["the GANs without MM GAN", "p"] == pytest.approx(0.051, abs=0.0005)
    assert found.loc["the GANs", "spread_of_losses"] == pytest.approx(1.23, abs=0.005)


def test_a_design_that_is_not_balanced_has_no_nested_test() -> None:
    table = study(2, 1, losses=("lsgan", "wgan", "began"), diverged=0, failed=0)
    seeds = pd.concat([table.assign(seed=s, id=table["id"] + str(s), best=table["best"] * (1 + s / 10)) for s in range(3)])
    assert len(nested(checked(seeds))) == 4
    assert nested(checked(seeds.iloc[:-1])).empty is False  # the seed that one setting lacks is left out
    assert nested(checked(seeds[(seeds["loss"] != "wgan") | (seeds["sample"] == 0)])).empty
