"""What the pages of the studies on MNIST say: their numbers are made (test_pages), their verdicts are held here.

It mirrors no module.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support.published_studies import STUDIES

from benchmark.analysis.trials import checked
from measurements.pages import anchors
from measurements.pages.answer import numbers, rows_of, share, share_without_the_worst, slow
from measurements.pages.loss_orders import correlation, orders
from measurements.pages.published import published
from measurements.pages.search import decided_pairs, first, held_equal, rates, told_apart
from measurements.pages.seeds import beside_search, by_features, differ, equivalent_within, pairs_of, rescored

SEARCH, SEEDS = (pd.read_csv(STUDIES / name / "trials.csv") for name in ("mnist-quick", "mnist-quick-seeds"))
CHOSEN = SEARCH.loc[SEARCH.groupby("loss")["validation"].idxmin()].set_index("loss")["selected"].sort_values()


def test_all_runs_ended_with_a_score() -> None:
    for trials, runs, hours in ((SEARCH, 192, 1.4), (SEEDS, 96, 0.8)):
        assert len(trials) == runs and (trials["status"] == "ok").all()
        assert trials["seconds"].sum() / 3600 == pytest.approx(hours, abs=0.05)
    assert published("mnist-quick").outcomes.startswith("192 of 192 ")


def test_what_real_images_score() -> None:
    assert anchors.real("mnist") == pytest.approx(0.45, abs=0.005)
    assert anchors.half_of_the_classes("mnist") == pytest.approx(46.1, abs=0.05)


def test_ls_and_ns_gan_lead_the_search_and_win_every_decided_pair_of_gans() -> None:
    assert first(published("mnist-quick").trials) == "LS GAN and NS GAN"
    assert list(CHOSEN.index[:3]) == ["lsgan", "nsgan", "dragan"]
    assert CHOSEN.iloc[:3].tolist() == pytest.approx([21.5, 21.6, 37.4], abs=0.05)
    pairs = decided_pairs(checked(SEARCH))
    gans = {*map(tuple, pairs.loc[~pairs[["better", "than"]].eq("VAE").any(axis=1), ["better", "than"]].to_numpy())}
    assert gans == {
        *(("LS GAN", name) for name in ("MM GAN", "WGAN", "WGAN GP", "DRAGAN", "BEGAN")),
        *(("NS GAN", name) for name in ("MM GAN", "WGAN", "WGAN GP", "BEGAN")),
    }
    assert told_apart(checked(SEARCH)) == "9 of 21"
    assert SEARCH.loc[SEARCH["loss"] != "vae", "best"].gt(100).mean() > 0.5


def test_over_random_settings_the_share_of_the_loss_hangs_on_ls_gan_and_on_the_range() -> None:
    gans = SEARCH[SEARCH["loss"] != "vae"]
    assert slow("mnist-quick", 1e-4) == f"{(gans['h_learning_rate'] < 1e-4).mean():.0%}" == "36%"
    assert share("mnist-quick") == "5% (0% to 31%)"
    assert share("mnist-quick", of="the GANs without LS GAN") == "0% (0% to 15%)"
    assert share("mnist-quick", 1e-4) == "13% (2% to 50%)"
    held = held_equal(checked(SEARCH)).set_index("of")[["runs", "share between losses", "95% interval"]]
    assert held.loc["settings with batch norm in D"].tolist() == ["92", "25%", "8% to 66%"]
    assert held.loc["runs below 400"].tolist() == ["46", "36%", "10% to 78%"]
    others = held.drop(["settings with batch norm in D", "runs below 400"])
    assert others["95% interval"].str.startswith("0%").all()


def test_the_best_settings_of_four_losses_have_rates_at_the_range_s_upper_end() -> None:
    table = rates(published("mnist-quick").trials).set_index("loss")
    at_end = table.index[table["at the range's upper end"] == "yes"]
    assert set(at_end) == {"LS GAN", "WGAN", "DRAGAN", "VAE"}
    best = SEARCH.loc[SEARCH.groupby("loss")["validation"].idxmin()].set_index("loss")["h_learning_rate"]
    assert set(best[best > 0.005].index) == {"lsgan", "wgan", "dragan", "vae"}


def test_the_order_of_the_search_beside_that_on_fashion_mnist() -> None:
    ranks = orders(1_000, "fashion-standard", "mnist-quick")
    assert correlation(ranks) == "0.69 of all models (p = 0.06) and 0.57 of the GANs (p = 0.18)"
    there, here = (ranks.set_index("loss")[name].sort_values().index.tolist() for name in ranks.columns[1:])
    assert here[:4] == ["LS GAN", "NS GAN", "DRAGAN", "MM GAN"] and there[0] == "MM GAN" and set(there[1:3]) == set(here[:2])
    assert set(there[5:]) == {"DRAGAN", "VAE", "BEGAN"} and {"VAE", "BEGAN"} == set(here[6:])


def test_under_seeds_ls_and_ns_gan_lead_and_are_not_told_apart() -> None:
    trials = checked(SEEDS)
    means = SEEDS.groupby("loss")["best"].mean().sort_values()
    assert means[["lsgan", "nsgan", "mmgan", "wgangp"]].tolist() == pytest.approx([28.36, 32.87, 68.38, 96.66], abs=0.005)
    medians = SEEDS.groupby("loss")["best"].median().sort_values()
    assert list(medians.index[:5]) == ["lsgan", "nsgan", "dragan", "mmgan", "wgangp"]
    pairs = pairs_of(trials)
    differing = pairs[pairs["p"] < 0.05]
    assert differ(trials) == "13 of 21" and differ(trials, "p_rank") == "19 of 21"
    assert len(differing) == 17 and (pairs["p_rank"] < 0.05).sum() == 24
    assert not ((differing["first"] == "NS GAN") & (differing["second"] == "LS GAN")).any()
    assert equivalent_within(trials, "LS GAN", "NS GAN") == pytest.approx(12.3, abs=0.05)


def test_one_run_of_dragan_carries_its_mean_and_the_share() -> None:
    *others, broken = dragan = sorted(SEEDS.loc[SEEDS["loss"] == "dragan", "best"])
    assert round(broken) == 13954 and [round(others[0], 1), round(others[-1], 1)] == [31.6, 55.1]
    assert np.median(dragan) == pytest.approx(40.3, abs=0.05)
    pairs = pairs_of(checked(SEEDS))
    of_dragan = pairs[pairs[["first", "second"]].eq("DRAGAN").any(axis=1)]
    assert len(of_dragan) == 7 and of_dragan["p"].min() > 0.05 and of_dragan["p_rank"].max() < 0.05
    assert share("mnist-quick-seeds") == "54% (28% to 86%)"
    assert share_without_the_worst("mnist-quick-seeds").startswith("89% (") and numbers("mnist-quick-seeds")["low"] < 0.5


def test_without_any_one_gan_the_losses_differ_under_seeds() -> None:
    rows = rows_of("mnist-quick-seeds")
    left_out = rows[rows["of"].str.startswith("the GANs without")]
    assert len(left_out) == 7 and left_out["spread_low"].min() > 1.4
    found = numbers("mnist-quick-seeds")
    logs = np.log(SEEDS[SEEDS["loss"] != "vae"].groupby("loss")["best"].apply(lambda of: np.exp(np.log(of).mean())))
    assert np.exp(logs.max() - logs.min()) == pytest.approx(found["best_to_worst_observed"]) == pytest.approx(7.22, abs=0.005)
    assert [found[name] for name in ("best_to_worst", "best_to_worst_low", "best_to_worst_high")] == pytest.approx(
        [6.74, 3.06, 17.04], abs=0.005
    )


def test_the_search_was_lucky_with_four_losses() -> None:
    lucky, unlucky = set(), set()
    for loss, scores in SEEDS.groupby("loss")["best"]:
        half = stats.t.ppf(0.975, len(scores) - 1) * scores.sem()
        if CHOSEN[loss] < scores.mean() - half:
            lucky.add(loss)
        if CHOSEN[loss] > scores.mean() + half:
            unlucky.add(loss)
    assert lucky == {"lsgan", "nsgan", "began", "wgan"} and unlucky == {"wgangp"}
    means = SEEDS.groupby("loss")["best"].mean()
    expected = {"wgan": (128.6, 223.7), "began": (116.5, 190.0), "nsgan": (21.6, 32.9), "mmgan": (71.4, 68.4)}
    for loss, (there, here) in expected.items():
        assert (CHOSEN[loss], means[loss]) == pytest.approx((there, here), abs=0.05)
    table = beside_search("mnist-quick-seeds", "mnist-quick").set_index("loss")
    assert table.loc["WGAN", "in the search"] == "128.6" and table.loc["WGAN", "mean under seeds"].startswith("223.7")


def test_scores_fall_from_500_to_1_000_steps_for_every_loss() -> None:
    steps = published("mnist-quick-seeds").by_steps()
    early, late = (steps[step].groupby("name")["best"].mean() for step in (500, 1_000))
    assert (late < early).all()


def test_by_features_of_imagenet_the_same_three_losses_lead_and_the_losses_differ() -> None:
    rows = by_features("mnist-quick-seeds").set_index("features")
    assert rows["first three GANs"].tolist() == ["LS GAN, NS GAN, MM GAN"] * 2 and (rows["GANs' runs"] == "84").all()
    assert not rows["factor between GANs"].str.contains(r"\(1\.00 to").any()
    means = rescored("mnist-quick-seeds", "fid_efficientnet").groupby("name")["best"].mean().sort_values()
    assert means.index.tolist()[:4] == ["LS GAN", "NS GAN", "VAE", "MM GAN"]
    again = rescored("mnist-quick-seeds", "fid_layers").set_index("id")
    assert len(again) == 96 and again.index.isin(published("mnist-quick-seeds").trials["id"]).all()
