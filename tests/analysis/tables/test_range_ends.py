from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.published_studies import STUDIES

from benchmark.analysis.tables.range_ends import range_ends
from benchmark.analysis.trials import checked, read_trials


def searched(**rates: list[float]) -> pd.DataFrame:
    """A search in which the last rate of each loss is its best."""
    rows = [
        {
            "loss": loss,
            "dataset": "mnist",
            "status": "ok",
            "score": "fid_x",
            "sample": i + 1,
            "seed": 0,
            "best": float(len(of) - i),
            "h_learning_rate": rate,
        }
        for loss, of in rates.items()
        for i, rate in enumerate(of)
    ]
    return pd.DataFrame(rows)


def test_the_published_bests_at_the_end_of_the_rates() -> None:
    found = range_ends(read_trials(STUDIES / "fashion-standard"))
    rate = found[found["hyperparameter"] == "learning rate"]
    assert dict(zip(rate["loss"], rate["best"].round(4), strict=True)) == {"LS GAN": 0.0099, "WGAN": 0.0091, "BEGAN": 0.0085}
    assert (rate["end"] == "upper").all() and found["hyperparameter"].tolist()[:3] == ["learning rate"] * 3
    assert (rate["range_from"] < 1.1e-5).all() and (rate["range_to"] > 9.9e-3).all()


def test_ends_are_of_the_logarithm_and_of_all_losses_draws() -> None:
    grid = [*np.geomspace(1e-5, 1e-2, 31)]
    # A tenth of three decades: from 5e-3 on, and up to 2e-5. 3e-3 is the highest of few draws, and not at the range's end.
    found = range_ends(
        checked(searched(lsgan=[*grid, 6e-3], wgan=[*grid, 4e-3], began=[1e-5, 1e-4, 1e-3, 3e-3], vae=[*grid, 1.5e-5]))
    )
    assert found[["loss", "end"]].to_numpy().tolist() == [["LS GAN", "upper"], ["VAE", "lower"]]


def test_a_loss_with_a_range_of_its_own_is_held_to_that() -> None:
    wide, narrow = [*np.geomspace(1e-5, 1e-2, 30)], [*np.geomspace(1e-4, 1e-3, 30)]
    found = range_ends(checked(searched(lsgan=[*wide, 3e-4], wgan=[*narrow, 9e-4])))
    assert found["loss"].tolist() == ["WGAN"] and found["range_to"].tolist() == pytest.approx([1e-3])


def test_the_default_tells_nothing_of_the_range() -> None:
    table = searched(lsgan=[1e-7, *np.geomspace(1e-4, 1e-2, 20), 9e-3]).assign(sample=range(22))
    assert range_ends(checked(table))["end"].tolist() == ["upper"]


def test_choices_switches_and_few_draws_have_no_ends() -> None:
    table = searched(lsgan=[1e-3, 1e-2, 1e-4]).assign(h_disc_iters=[1, 5, 1], h_discriminator_batch_norm=[True, False, True])
    assert range_ends(checked(table)).empty
    assert range_ends(checked(searched(lsgan=[1e-3] * 5).assign(seed=range(5)))).empty
    assert range_ends(checked(table.assign(status="diverged", best=np.inf))).empty
