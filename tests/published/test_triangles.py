"""What the pages of the studies on triangles say: their numbers are made (test_pages), their verdicts are held here.

It mirrors no module.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support.published_studies import STUDIES

from benchmark.analysis.tables.manifold import DELTAS, scores_at
from measurements.pages.answer import numbers, rows_of, share
from measurements.pages.loss_orders import correlation, orders
from measurements.pages.manifold import f1, far, highest, of_choice, white
from measurements.pages.published import published
from measurements.pages.search import decided_pairs, held_equal, rates, told_apart
from measurements.pages.seeds import by_features, differ, pairs_of, rescored

SEARCH, SEEDS = (pd.read_csv(STUDIES / name / "trials.csv") for name in ("triangles-quick", "triangles-quick-seeds"))
NAMED, NAMED_SEEDS = (published(name).trials for name in ("triangles-quick", "triangles-quick-seeds"))
AT = {delta: scores_at(delta, SEARCH)["F1"].groupby(SEARCH["loss"]) for delta in DELTAS}


def test_all_runs_ended_with_a_score() -> None:
    for trials, runs, hours in ((SEARCH, 96, 1.2), (SEEDS, 48, 0.7)):
        assert len(trials) == runs and (trials["status"] == "ok").all()
        assert trials["seconds"].sum() / 3600 == pytest.approx(hours, abs=0.05)


def test_at_the_paper_s_delta_no_gan_draws_triangles_and_the_vae_hardly() -> None:
    assert SEARCH.loc[SEARCH["loss"] != "vae", "f1"].max() < 0.005
    assert SEARCH.loc[SEARCH["loss"] == "vae", "f1"].max() == pytest.approx(0.16, abs=0.005)
    means = SEEDS.groupby("loss")["f1"].mean()
    assert means.drop("vae").max() < 0.005 and means["vae"] == pytest.approx(0.02, abs=0.005)
    gans = published("triangles-quick").gans
    assert highest(gans, 0.75) == SEARCH.loc[SEARCH["loss"] != "vae", "f1"].max()


def test_at_larger_deltas_ls_gan_does_as_well_as_the_vae_and_four_gans_have_hardly_any_f1() -> None:
    four, two = AT[4.0].max(), AT[2.0].max()
    found = [four["lsgan"], four["vae"], two["lsgan"], two["vae"], four["wgan"], four["nsgan"]]
    assert found == pytest.approx([0.87, 0.86, 0.19, 0.63, 0.46, 0.36], abs=0.005)
    assert set(four[four < 0.035].index) == {"wgangp", "began", "mmgan", "dragan"}
    assert max(AT[delta].median().max() for delta in DELTAS) < 0.005
    best = scores_at(4.0, SEARCH).loc[AT[4.0].idxmax()].set_index(AT[4.0].idxmax().index)
    assert best.loc["wgan", ["precision", "recall"]].tolist() == pytest.approx([0.30, 1.00], abs=0.005)
    assert best.loc["nsgan", ["precision", "recall"]].tolist() == pytest.approx([0.23, 0.81], abs=0.005)


def test_precision_alone_calls_white_images_the_best() -> None:
    (run,) = white(NAMED).to_dict("records")
    assert (run["loss"], run["recall"], run["precision_at_0.1"]) == ("began", 0, 1)
    runs = white(NAMED_SEEDS)
    assert (runs["name"] == "MM GAN").all() and len(runs) == 4 and runs["best"].between(945, 960).all()
    precision = scores_at(4.0, SEEDS)["precision"].groupby(SEEDS["loss"]).mean()
    assert precision.rank(ascending=False)["mmgan"] == 2


def test_fid_chooses_the_highest_f1_of_every_gan_that_has_any_and_single_runs_differ() -> None:
    chosen = SEARCH.loc[SEARCH.groupby("loss")["validation"].idxmin()].set_index("loss")
    of_choice_by_fid = scores_at(4.0, chosen)["F1"]
    with_any = ["lsgan", "wgan", "nsgan", "wgangp"]
    assert of_choice_by_fid[with_any].tolist() == AT[4.0].max()[with_any].tolist()
    assert chosen.loc[["mmgan", "vae"], "best"].tolist() == pytest.approx([101.9, 101.6], abs=0.05)
    assert of_choice_by_fid[["mmgan", "vae"]].tolist() == pytest.approx([0.00, 0.77], abs=0.005)
    for loss, key in (("MM GAN", "mmgan"), ("VAE", "vae")):
        found = of_choice(NAMED, loss)
        assert (found["FID"], found["F1"]) == (chosen.loc[key, "best"], of_choice_by_fid[key])
    for trials, rho in ((SEARCH, (-0.62, -0.59)), (SEEDS, (-0.79, -0.92))):
        for part, expected in zip((trials, trials[trials["loss"] != "vae"]), rho, strict=True):
            assert stats.spearmanr(part["best"], scores_at(4.0, part)["F1"]).statistic == pytest.approx(expected, abs=0.005)


def test_most_runs_of_the_search_learn_next_to_nothing() -> None:
    assert (SEARCH["best"] > 400).sum() == 79 and far(NAMED, 400) == "79 of 96"


def test_searches_of_five_tell_ls_gan_apart_from_three_gans() -> None:
    pairs = {*map(tuple, decided_pairs(NAMED)[["better", "than"]].to_numpy())}
    assert told_apart(NAMED) == "6 of 21" and len(pairs) == 6
    assert {than for better, than in pairs if better == "LS GAN"} == {"MM GAN", "WGAN GP", "DRAGAN"}


def test_over_random_settings_no_effect_of_the_loss_is_excluded_whatever_the_range() -> None:
    gans = SEARCH[SEARCH["loss"] != "vae"]
    assert (gans["h_learning_rate"] < 1e-4).mean() == pytest.approx(0.26, abs=0.005)
    assert share("triangles-quick") == "10% (0% to 47%)" and numbers("triangles-quick")["spread_low"] == 1
    for lowest in (1e-4, 1e-3):
        assert "(0% to" in share("triangles-quick", lowest)
    held = held_equal(NAMED).set_index("of")[["share between losses", "95% interval"]]
    assert held.loc["settings with batch norm in D"].tolist() == ["31%", "5% to 75%"]
    assert held["95% interval"].str.startswith("0%").sum() == 4
    ends = rates(NAMED).set_index("loss")["at the range's upper end"]
    assert set(ends.index[ends == "yes"]) == {"MM GAN", "LS GAN", "VAE"}


def test_the_orders_of_searches_on_three_data_sets() -> None:
    assert correlation(orders(1_000, "fashion-standard", "triangles-quick")) == (
        "0.33 of all models (p = 0.42) and 0.43 of the GANs (p = 0.34)"
    )
    assert correlation(orders(1_000, "mnist-quick", "triangles-quick")) == (
        "0.05 of all models (p = 0.91) and 0.18 of the GANs (p = 0.70)"
    )
    ranks = orders(1_000, "fashion-standard", "mnist-quick", "triangles-quick").set_index("loss").rank()
    assert ranks.loc["LS GAN"].tolist() == [2, 1, 1] and ranks.loc["DRAGAN"].tolist() == [8, 3, 8]


def test_under_seeds_ls_gan_leads_by_fid_and_by_f1() -> None:
    means = SEEDS.groupby("loss")["best"].mean().sort_values()
    assert list(means.index[:5]) == ["lsgan", "wgan", "nsgan", "began", "vae"]
    assert means.iloc[:2].tolist() == pytest.approx([28.88, 75.64], abs=0.005)
    found = scores_at(4.0, SEEDS)["F1"].groupby(SEEDS["loss"]).mean().sort_values(ascending=False)
    assert list(found.index[:4]) == ["lsgan", "vae", "wgan", "nsgan"]
    assert found.iloc[:4].tolist() == pytest.approx([0.85, 0.77, 0.50, 0.28], abs=0.005)
    assert SEEDS.groupby("loss")["best"].median().rank()["vae"] == 4
    for study, place in (("mnist-quick-seeds", 1), ("fashion-standard-seeds", 3)):
        assert published(study).trials.groupby("name")["best"].mean().rank()["LS GAN"] == place


def test_f1_misses_what_fid_sees_of_one_run_of_the_vae_and_hangs_on_the_seed_for_began() -> None:
    *others, worst = sorted(SEEDS.loc[SEEDS["loss"] == "vae", "best"])
    assert [round(others[0]), round(others[-1]), round(worst)] == [115, 122, 648]
    of_vae = scores_at(4.0, SEEDS[SEEDS["loss"] == "vae"])
    assert of_vae["precision"].between(0.6, 0.67).all() and of_vae["recall"].min() > 0.99
    of_began = f1(NAMED_SEEDS, "BEGAN")
    assert [of_began.min(), of_began.mean(), of_began.max()] == pytest.approx([0.00, 0.20, 0.38], abs=0.005)
    assert of_choice(NAMED, "BEGAN")["F1"] < 0.005


def test_under_seeds_more_than_half_of_the_variance_lies_between_losses() -> None:
    found = numbers("triangles-quick-seeds")
    assert share("triangles-quick-seeds") == "85% (67% to 97%)" and found["low"] > 0.5
    assert [found[name] for name in ("best_to_worst", "best_to_worst_low", "best_to_worst_high")] == pytest.approx(
        [65.3, 24.6, 195.2], abs=0.05
    )
    logs = np.log(SEEDS[SEEDS["loss"] != "vae"]["best"]).groupby(SEEDS["loss"]).mean()
    assert np.exp(logs.max() - logs.min()) == pytest.approx(found["best_to_worst_observed"])
    rows = rows_of("triangles-quick-seeds")
    left_out = rows[rows["of"].str.startswith("the GANs without")].set_index("of")
    assert left_out["spread_low"].min() > 1.7
    assert list(left_out["spread"].nsmallest(2).index) == ["the GANs without DRAGAN", "the GANs without LS GAN"]
    assert list(logs.sort_values().index[[0, -1]]) == ["lsgan", "dragan"]


def test_eight_pairs_of_gans_differ_in_means_and_six_seeds_are_too_few_for_ranks() -> None:
    pairs = pairs_of(NAMED_SEEDS)
    assert differ(NAMED_SEEDS) == "8 of 21" and len(pairs) == 28 and pairs["p_rank"].min() > 0.05


def test_the_search_was_lucky_with_mm_gan_and_not_with_began() -> None:
    chosen = SEARCH.loc[SEARCH.groupby("loss")["validation"].idxmin()].set_index("loss")["selected"]
    away = {}
    for loss, scores in SEEDS.groupby("loss")["best"]:
        t = (scores.mean() - chosen[loss]) / scores.sem()
        if abs(t) > stats.t.ppf(0.975, len(scores) - 1):
            away[loss] = t > 0
    assert away == {"mmgan": True, "began": False}


def test_by_features_of_imagenet_the_gans_come_in_the_same_order_and_the_vae_is_second() -> None:
    by_score = {
        score: rescored("triangles-quick-seeds", score).groupby("name")["best"].mean().sort_values().index.tolist()
        for score in ("fid_layers", "fid_efficientnet")
    }
    gans = ["LS GAN", "WGAN", "NS GAN", "BEGAN", "WGAN GP", "MM GAN", "DRAGAN"]
    assert all([loss for loss in order if loss != "VAE"] == gans for order in by_score.values())
    assert [order.index("VAE") + 1 for order in by_score.values()] == [5, 2]
    rows = by_features("triangles-quick-seeds")
    assert (rows["GANs' runs"] == "42").all() and not rows["factor between GANs"].str.contains(r"\(1\.00 to").any()
    again, published_runs = rescored("triangles-quick-seeds", "fid_layers"), published("triangles-quick-seeds").trials
    assert len(again) == 48 and set(again["id"]) == set(published_runs["id"])
