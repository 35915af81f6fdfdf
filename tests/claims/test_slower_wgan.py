"""The claim that WGAN converges more slowly: its statistics by hand, and what it says of made tables. It mirrors no module."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from experiments.claims.slower_wgan import SCORES, SECONDS, STEPS, UPDATES, SlowerWGAN, pace, ratio, ratios, steps_to

LIKE_OTHERS = {"WGAN": 500.0, "WGAN GP": 500.0, "NS GAN": 500.0, "LS GAN": 500.0}


def made(taken: Mapping[str, float], censored: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A table of three seeds of each loss, which reach the score of 60 after about so many steps."""
    rows: list[dict[str, object]] = []
    for loss, steps in taken.items():
        for seed, factor in enumerate((0.95, 1.0, 1.05)):
            about = {"loss": loss, "seed": seed}
            rows += [about | {"what": SCORES, "unit": STEPS, "at": at, "value": 50.0, "disc_iters": 1.0} for at in (250, 2000)]
            about |= {"what": "reached", "at": 60.0, "censored": (censored or {}).get(loss, "")}
            rows += [about | {"unit": u, "value": steps * factor * f} for u, f in ((STEPS, 1), (UPDATES, 1), (SECONDS, 0.05))]
    table = pd.DataFrame(rows)
    return pd.concat([table, ratios(table)], ignore_index=True)


@pytest.mark.parametrize(
    ("taken", "word"),
    [
        ({"WGAN": 900.0, "WGAN GP": 900.0}, "supported"),
        ({"WGAN": 900.0}, "undecided"),  # WGAN GP is alike
        ({}, "undecided"),
        ({"WGAN": 300.0, "WGAN GP": 900.0}, "not supported"),
    ],
)
def test_the_verdict_follows_the_intervals(taken: dict[str, float], word: str) -> None:
    assert SlowerWGAN().judge(made(LIKE_OTHERS | taken)).word == word


def test_a_threshold_where_seeds_are_censored_decides_nothing() -> None:
    table = made(LIKE_OTHERS | {"WGAN": 900.0}, {"NS GAN": "before"})
    assert pace(table, ("WGAN", "NS GAN")).startswith("undecided")
    assert pace(table, ("WGAN", "LS GAN")) == "slower"
    assert "at 60.0*" in SlowerWGAN().judge(table).beside[0]


def test_a_score_is_reached_where_the_line_through_logarithms_is_at_it() -> None:
    assert steps_to(20, [100, 400], [40, 10]) == (pytest.approx(200), "")
    assert steps_to(40, [100, 400, 800], [80, 40, 90]) == (pytest.approx(400), "")  # once at it is enough
    assert steps_to(50, [100, 400], [40, 10]) == (100, "before")
    assert steps_to(5, [100, 400], [40, 10]) == (400, "after")


def test_the_ratio_is_of_geometric_means() -> None:
    value, low, high = ratio([10, 40], [5, 5], np.random.default_rng(0))
    assert (value, low, high) == pytest.approx((20 / 5, 10 / 5, 40 / 5))
    assert ratio([6, 6, 6], [2, 2], np.random.default_rng(0)) == pytest.approx((3, 3, 3))
