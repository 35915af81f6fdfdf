"""The pages of the studies on MNIST say what their trials say.

It mirrors no module.
"""

from __future__ import annotations

import statistics

import pandas as pd
import pytest
from support.published_studies import STUDIES, one_line

from benchmark.analysis.trials import checked
from benchmarks.pages.orders import correlation, orders
from benchmarks.pages.published import shares
from benchmarks.pages.search import held_equal
from benchmarks.pages.seeds import pairs_of


def test_the_page_of_mnist_s_search_shows_what_its_trials_say() -> None:
    page = one_line((STUDIES / "mnist-quick" / "README.md").read_text())
    trials = pd.read_csv(STUDIES / "mnist-quick" / "trials.csv")
    assert len(trials) == 192 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    best = trials.loc[trials.groupby("loss")["validation"].idxmin()].set_index("loss")["selected"].sort_values()
    assert list(best.index[:2]) == ["lsgan", "nsgan"]
    assert "{:.1f} and {:.1f} for the best of all 24, and nearly alike; the others end at {:.1f}".format(*best[:3]) in page
    ranks = orders(1_000, "fashion-standard", "mnist-quick")
    assert f"Rank correlation: {correlation(ranks)}." in page
    there, here = (ranks.set_index("loss")[name].sort_values().index.tolist() for name in ranks.columns[1:])
    assert here[:4] == ["LS GAN", "NS GAN", "DRAGAN", "MM GAN"] and there[0] == "MM GAN" and set(there[1:3]) == set(here[:2])
    assert set(there[5:]) == {"DRAGAN", "VAE", "BEGAN"} and {"VAE", "BEGAN"} == set(here[6:])
    held = held_equal(checked(trials)).set_index("of")
    share = held["share between losses"].str.rstrip("%").astype(int)
    assert share["settings with batch norm in D"] == 25 and share["runs below 400"] == pytest.approx(100 / 3, abs=3)
    assert "the 46 runs below 400" in page and held.loc["runs below 400", "runs"] == "46" and "a quarter and a third" in page


def test_the_page_of_mnist_s_seeds_shows_what_its_trials_say() -> None:
    search, trials = (pd.read_csv(STUDIES / name / "trials.csv") for name in ("mnist-quick", "mnist-quick-seeds"))
    page = one_line((STUDIES / "mnist-quick-seeds" / "README.md").read_text())
    assert len(trials) == 96 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    best = search.loc[search.groupby("loss")["validation"].idxmin()].set_index("loss")["selected"]
    mean = trials.groupby("loss")["best"].mean()
    assert list(trials.groupby("loss")["best"].median().sort_values().index[:5]) == [
        "lsgan",
        "nsgan",
        "dragan",
        "mmgan",
        "wgangp",
    ]
    assert f"WGAN scored {best['wgan']:.1f} there and {mean['wgan']:.1f} here" in page
    for name, key in (("BEGAN", "began"), ("NS GAN", "nsgan")):
        assert f"{name} {best[key]:.1f} and {mean[key]:.1f}" in page
    assert f"MM GAN, {best['mmgan']:.1f} and {mean['mmgan']:.1f}, was not" in page
    *others, broken = dragan = sorted(trials.loc[trials["loss"] == "dragan", "best"])
    assert f"(a score of {broken:,.0f}); its other eleven lie at {others[0]:.1f} to {others[-1]:.1f}, its median" in page
    assert f"its median is {statistics.median(dragan):.1f}." in page
    pairs = pairs_of(checked(trials))
    differ = pairs[pairs["p"] < 0.05]
    gans = differ[(differ["first"] != "VAE") & (differ["second"] != "VAE")]
    assert (
        len(gans) == 13
        and len(differ) == 17
        and "13 of the 21 pairs of GANs and 17 of all 28 in means, 19 and 24 in ranks" in page
    )
    assert not differ[["first", "second"]].eq("DRAGAN").any(axis=None)
    assert pairs.loc[pairs[["first", "second"]].eq("DRAGAN").any(axis=1), "p_rank"].max() < 0.05
    found = checked(trials)
    without = shares({"the GANs": found[(found["name"] != "VAE") & (found["best"] < broken)]}).iloc[0]["share between losses"]
    assert f"Without that run {without} of the variance lies between the GANs" in page
