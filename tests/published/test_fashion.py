"""What the pages of the studies on Fashion-MNIST say: their numbers are made (test_pages), the verdicts are held here.

It mirrors no module.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support.published_studies import ROOT, SEARCH, SEEDS, STUDIES

from benchmark.analysis.pictures import chosen_trials
from benchmark.analysis.tables.search import selected
from benchmark.analysis.trials import checked
from benchmark.losses import paper_losses
from measurements.pages import anchors, answer, more_steps, second_best
from measurements.pages.published import published
from measurements.pages.search import by_samples, decided_pairs, held_equal, rates, told_apart
from measurements.pages.seeds import beside_search, by_features, differ, pairs_of, rescored

FIVE = {"MM GAN", "NS GAN", "LS GAN", "WGAN", "WGAN GP"}


def components(trials: pd.DataFrame) -> tuple[float, float, float]:
    """The spread between losses and within one, as factors, and the losses' share, of log scores (analysis of variance)."""
    logs = np.log(trials["best"].astype(float))
    of_loss = logs.groupby(trials["name"])
    n, means = of_loss.size(), of_loss.mean()
    within = (of_loss.var() * (n - 1)).sum() / (n - 1).sum()
    each = (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
    between = max(0.0, ((n * (means - logs.mean()) ** 2).sum() / (len(n) - 1) - within) / each)
    return float(np.exp(between**0.5)), float(np.exp(within**0.5)), float(between / (between + within))


def test_what_a_score_means() -> None:
    assert (round(anchors.real(), 2), round(anchors.half_of_the_classes(), 1)) == (0.27, 65.6)


def test_the_search_all_ended_and_took_its_time() -> None:
    found = published("fashion-standard")
    assert len(found.trials) == 240 and (found.trials["status"] == "ok").all() and round(found.hours, 1) == 4.8
    assert found.trials.groupby("name").size().eq(30).all() and found.trials["seed"].nunique() == 1


def test_over_random_settings_the_loss_s_share_depends_on_the_range_of_rates() -> None:
    gans = published("fashion-standard").gans
    assert components(gans) == pytest.approx((1.17, 3.27, 0.017), abs=0.005)
    fast = gans[gans["h_learning_rate"] >= 1e-3]
    assert len(fast) == 60 and components(fast) == pytest.approx((1.81, 2.32, 0.331), abs=0.005)
    assert answer.share("fashion-standard") == "2% (0% to 18%)" and answer.share("fashion-standard", 1e-3) == "33% (10% to 75%)"
    assert answer.best_to_worst("fashion-standard") == "1.5 (1.0 to 5.2)"
    assert components(gans[gans["name"] != "DRAGAN"])[0] == 1  # nothing is left between the others
    slow = gans["h_learning_rate"] < 1e-4
    assert slow.mean() == pytest.approx(0.42, abs=0.005)
    assert [round(gans.loc[part, "best"].median()) for part in (slow, ~slow)] == [877, 118]


def test_over_rates_that_fit_the_loss_has_a_share_and_the_rate_a_smaller_one_than_over_the_papers() -> None:
    found = published("fashion-fitted")
    gans = found.gans
    assert len(found.trials) == 128 and (found.trials["status"] == "ok").all()
    assert gans["h_learning_rate"].between(10**-3.5, 10**-1.5).all() and (gans["sample"] > 0).all()
    logs, rates = np.log(gans["best"]), np.log10(gans["h_learning_rate"])
    residuals = logs - np.polyval(np.polyfit(rates, logs, 3), rates)
    assert components(gans) == pytest.approx((1.60, 2.49, 0.21), abs=0.006)
    assert 1 - residuals.var() / logs.var() == pytest.approx(0.13, abs=0.005)
    without_each = answer.apart("fashion-fitted")
    assert len(without_each) == 9 and not without_each["factor between losses"].str.contains(r"\(1\.00 to").any()
    pairs = decided_pairs(found.trials)
    decided = {frozenset(pair) for pair in pairs[["better", "than"]].to_numpy().tolist()}
    four = ["MM GAN", "NS GAN", "LS GAN", "WGAN GP"]
    assert not any(frozenset(pair) in decided for pair in combinations(four, 2))
    assert all(frozenset((gan, other)) in decided for gan in four for other in ("DRAGAN", "BEGAN", "VAE") if gan != other)
    assert {pair for pair in decided if "WGAN" in pair} == {frozenset(("WGAN", "VAE"))}


def test_the_learning_rate_matters_least_for_wgan_and_dragan_and_three_best_rates_lie_at_the_upper_end() -> None:
    table = rates(published("fashion-standard").trials).set_index("loss")
    share = table["learning rate's share"].str.split("%").str[0].astype(int)
    for name, of_loss in published("fashion-standard").trials.groupby("name"):
        x, y = np.log10(of_loss["h_learning_rate"]), np.log(of_loss["best"])
        explained = 1 - (y - np.polyval(np.polyfit(x, y, 3), x)).var() / y.var()
        assert share[name] == round(100 * explained)
        best = of_loss.loc[of_loss["validation"].idxmin(), "h_learning_rate"]
        assert (table.loc[name, "at the range's upper end"] == "yes") == (np.log10(best) > -2.3)
    assert set(share.nsmallest(2).index) == {"WGAN", "DRAGAN"} and answer.rate("fashion-standard") == "51% (41% to 64%)"
    assert set(table.index[table["at the range's upper end"] == "yes"]) == {"LS GAN", "WGAN", "BEGAN"}


def test_searches_of_ten_settings_do_not_tell_five_gans_apart() -> None:
    decided = {*map(tuple, decided_pairs(checked(SEARCH))[["better", "than"]].to_numpy())}
    assert {(name, "VAE") for name in FIVE} <= decided and not {pair for pair in decided if {*pair} <= FIVE}
    assert {worse for better, worse in decided if better in FIVE} == {"DRAGAN", "BEGAN", "VAE"} and len(decided) == 10
    assert told_apart(checked(SEARCH)) == "5 of 21"


def test_what_searches_report() -> None:
    table = by_samples(checked(SEARCH)).set_index("loss")
    assert table["k = 10"].astype(float).sort_values().round(1).head(3).to_dict() == {
        "MM GAN": 36.8,
        "WGAN GP": 41.9,
        "NS GAN": 44.0,
    }
    assert table["k = 1"].astype(float).idxmin() == "VAE" == table["k = 30"].astype(float).idxmax()
    five = table["k = 5"].astype(float)
    assert {*five[five < five["VAE"]].index} == FIVE
    for name, of_loss in SEARCH.groupby("loss_name"):
        assert float(table.loc[name, "k = 1"]) == pytest.approx(of_loss["selected"].mean(), abs=0.05)
        assert float(table.loc[name, "k = 30"]) == pytest.approx(
            of_loss.loc[of_loss["validation"].idxmin(), "selected"], abs=0.05
        )
    low = (SEARCH["best"] < 100).groupby(SEARCH["loss_name"]).sum()
    assert low["MM GAN"] == low.max() == 12 and low["DRAGAN"] == low.min() == 3


def test_scores_of_searches_still_fall_after_a_thousand_steps_and_dragan_s_most() -> None:
    shorter = published("fashion-standard").by_steps()
    at = {step: selected(shorter[step]).query("k == 10").set_index("loss")["expected_test"] for step in (1_000, 2_000)}
    ratio = at[2_000] / at[1_000]
    assert ratio.max() < 1 and ratio.idxmin() == "DRAGAN"


def test_no_larger_share_of_the_losses_where_a_part_of_the_setting_is_the_same_for_all() -> None:
    table = held_equal(checked(SEARCH))
    assert table["runs"].tolist() == ["110", "100", "106", "104", "103"]
    assert table["share between losses"].tolist() == ["6%", "1%", "0%", "0%", "6%"]
    assert table["95% interval"].str.startswith("0% to ").all()


def test_well_tuned_losses_differ_without_any_one_of_them() -> None:
    found = published("fashion-standard-seeds")
    assert len(found.trials) == 120 and (found.trials["status"] == "ok").all() and round(found.hours, 1) == 3.9
    assert components(found.gans) == pytest.approx((1.23, 1.13, 0.754), abs=0.005)
    assert components(found.trials) == pytest.approx((1.46, 1.12, 0.915), abs=0.006)
    assert answer.best_to_worst("fashion-standard-seeds") == "1.9 (1.6 to 2.1)"
    without = {name: components(found.gans[found.gans["name"] != name])[0] for name in found.gans["name"].unique()}
    assert min(without, key=lambda name: without[name]) == "WGAN GP" and round(without["WGAN GP"], 2) == 1.18
    assert all(answer.numbers("fashion-standard-seeds", f"the GANs without {name}")["spread_low"] > 1.09 for name in without)
    means = found.trials.groupby("name")["best"].mean().sort_values().round(1)
    assert list(means.index) == ["WGAN GP", "MM GAN", "LS GAN", "DRAGAN", "WGAN", "NS GAN", "BEGAN", "VAE"]
    assert means.tolist() == pytest.approx([25.5, 29.0, 36.6, 37.0, 37.1, 41.4, 47.8, 88.2], abs=0.05)


def test_by_other_features_losses_differ_too_and_others_lead() -> None:
    table = by_features("fashion-standard-seeds")
    assert (table["factor between GANs"].str.extract(r"\((\S+) to")[0].astype(float) > 1.07).all()
    factors, leaders = [], []
    for score in ("fid_layers", "fid_classifier", "fid_efficientnet", "fid_pixels"):
        trials = rescored("fashion-standard-seeds", score)
        factors.append(round(components(trials[trials["name"] != "VAE"])[0], 2))
        leaders.append(trials.groupby("name")["best"].mean().nsmallest(2).index.tolist())
    assert factors == [1.23, 1.18, 1.14, 1.29]
    assert table["factor between GANs"].str.split(" ").str[0].astype(float).tolist() == factors
    assert leaders == [["WGAN GP", "MM GAN"], ["WGAN GP", "MM GAN"], ["MM GAN", "DRAGAN"], ["WGAN GP", "VAE"]]
    assert table["VAE's rank"].tolist() == ["8 of 8", "8 of 8", "8 of 8", "2 of 8"]


def test_which_pairs_differ_under_seeds() -> None:
    pairs = pairs_of(checked(SEEDS))
    counted = [(pairs[p] < 0.05).sum() for p in ("p", "p_rank")]
    assert [differ(checked(SEEDS)), differ(checked(SEEDS), "p_rank")] == ["15 of 21", "18 of 21"] and counted == [22, 25]
    of_ns = pairs[pairs[["first", "second"]].eq("NS GAN").any(axis=1)]
    others = {p: {*of_ns.loc[of_ns[p] < 0.05, ["first", "second"]].to_numpy().flatten()} - {"NS GAN"} for p in ("p", "p_rank")}
    assert others["p"] == {"MM GAN", "WGAN GP", "BEGAN", "VAE"}
    assert others["p_rank"] - others["p"] == {"LS GAN", "WGAN", "DRAGAN"}
    means = SEEDS.groupby("loss")["best"].mean()
    assert set(means.index[means < means["nsgan"]]) == {"mmgan", "lsgan", "wgan", "wgangp", "dragan"}
    alike = pairs[pairs["p"] >= 0.05]
    assert len(alike) == 6 and round(alike["equivalent_within"].min(), 1) == 3.3
    assert answer.order_of_the_paper("fashion-standard-seeds", "fashion-mnist") == "-0.46 (p = 0.29)"


def test_the_search_s_scores_of_mm_and_ns_gan_were_lucky() -> None:
    best = SEARCH.loc[SEARCH.groupby("loss_name")["validation"].idxmin()].set_index("loss_name")["selected"]
    table = beside_search("fashion-standard-seeds", "fashion-standard").set_index("loss")
    for loss, reported, mean in (
        ("MM GAN", 25.5, 29.0),
        ("NS GAN", 35.3, 41.4),
        ("WGAN GP", 29.5, 25.5),
        ("DRAGAN", 51.8, 37.0),
    ):
        assert round(best[loss], 1) == reported == float(table.loc[loss, "in the search"])
        assert round(SEEDS.loc[SEEDS["loss_name"] == loss, "best"].mean(), 1) == mean
        low, high = (float(end) for end in table.loc[loss, "mean under seeds"].split("(")[1].strip(")").split(" to "))
        assert not low < reported < high and (reported < low) == (loss in ("MM GAN", "NS GAN"))


def test_the_order_under_seeds_changes_with_the_steps() -> None:
    shorter = published("fashion-standard-seeds").by_steps()
    early, half, late = (shorter[step].groupby("name")["best"].mean().sort_values() for step in (250, 1_000, 2_000))
    assert early.index[-1] == late.index[0] == "WGAN GP" and set(early.index[:2]) == {"DRAGAN", "WGAN"}
    assert (late / half).max() < 1


def test_the_published_seeds_ran_with_the_best_settings_of_their_search() -> None:
    assert sorted(SEEDS["loss"].unique()) == sorted(paper_losses())
    assert SEEDS["extractor_fingerprint"].unique().tolist() == SEARCH["extractor_fingerprint"].unique().tolist()
    for loss, of_loss in SEEDS.groupby("loss"):
        samples = SEARCH[(SEARCH["loss"] == loss) & (SEARCH["status"] == "ok")]
        best = samples.loc[samples["validation"].idxmin(), "h_learning_rate"]
        assert (of_loss["h_learning_rate"] == best).all()
    first = SEEDS.groupby("loss_name").first()
    assert set(first.index[~first["h_discriminator_batch_norm"].astype(bool)]) == {"NS GAN", "DRAGAN"}
    assert set(first.index[first["h_disc_iters"] == 5]) == {"BEGAN"}


def test_every_loss_s_median_run_under_seeds_has_its_picture_and_its_generator_and_no_other_has() -> None:
    folder = STUDIES / "fashion-standard-seeds"
    medians = chosen_trials(checked(SEEDS), "median")
    assert sorted(medians["loss"]) == sorted(paper_losses())
    assert all((folder / picture).exists() for picture in medians["picture"])
    if not (ROOT / ".git").exists():
        pytest.skip("a release has no generators")
    assert sorted(path.stem for path in (folder / "generators").iterdir()) == sorted(medians["id"])


def test_second_best_settings_are_those_of_the_search_under_the_first_seeds_of_the_best_ones() -> None:
    found, runs = published("fashion-second-seeds"), second_best.paired()
    assert len(found.trials) == 35 and (found.trials["status"] == "ok").all() and round(found.hours, 1) == 1.1
    assert len(runs) == 70 and (runs.groupby(["name", "rank", "seed"]).size() == 1).all()
    in_order = SEARCH.sort_values("validation").groupby("loss")["sample"].nth(1)
    assert set(zip(found.trials["loss"], found.trials["sample"], strict=True)) <= set(
        zip(SEARCH.loc[in_order.index, "loss"], in_order, strict=True)
    )
    assert found.trials["h_discriminator_batch_norm"].all()
    assert found.trials.loc[found.trials["h_disc_iters"] != 1, "name"].unique().tolist() == ["NS GAN"]


def test_losses_are_not_shown_to_differ_more_than_settings() -> None:
    runs = second_best.paired()
    scores = np.stack(
        [[np.log(s["best"].astype(float)) for _, s in loss.groupby("rank")] for _, loss in runs.groupby("name", sort=False)]
    )
    names = list(dict.fromkeys(runs["name"]))
    of_settings = scores.mean(2)

    def tested(kept: list[int]) -> tuple[float, float, float]:
        """The F ratio of losses over settings, its p-value, and the variance between settings as measured."""
        within = of_settings[kept].var(axis=1, ddof=1).mean()
        f = 2 * of_settings[kept].mean(1).var(ddof=1) / within
        return f, stats.f.sf(f, len(kept) - 1, len(kept)), within

    f, p, within = tested(list(range(7)))
    assert round(p, 3) == 0.012
    without = {name: tested([k for k in range(7) if k != left_out])[1] for left_out, name in enumerate(names)}
    assert [name for name in names if without[name] >= 0.05] == ["MM GAN"] and round(without["MM GAN"], 3) == 0.051
    table = second_best.without_each(runs).set_index("without")["p"].astype(float)
    assert table["nothing"] == round(p, 3) and (table[names] - pd.Series(without)).abs().max() < 0.0006
    chance = scores.var(axis=2, ddof=1).mean()
    settings = within - chance / 5
    losses = (f - 1) * within / 2
    spreads = [round(float(np.exp(np.sqrt(part))), 2) for part in (losses, settings, chance)]
    assert spreads == [1.23, 1.12, 1.12] and [second_best.spread("losses"), second_best.spread("settings")] == ["1.23", "1.12"]
    low, high = (np.sqrt((f / stats.f.ppf(q, 6, 7) - 1) / 2 * within / settings) for q in (0.975, 0.025))
    assert (low, high) == pytest.approx((0.43, 4.68), abs=0.01)
    assert second_best.ratio(runs) == "1.8 (0.4 to 4.7)"


def test_the_first_two_change_places_with_the_setting_and_three_second_settings_are_worse() -> None:
    runs = second_best.paired()
    means = runs.groupby(["rank", "name"])["best"].mean().round(1)
    best, others = (means[rank].sort_values() for rank in ("best", "second"))
    assert best.head(2).to_dict() == {"WGAN GP": 26.2, "MM GAN": 28.6} and best.index[0] == "WGAN GP"
    assert others.head(2).to_dict() == {"MM GAN": 26.6, "WGAN GP": 31.8} and others.index[0] == "MM GAN"
    assert best.index[-1] == others.index[-1] == "BEGAN"
    logs = np.log(runs["best"]).groupby([runs["name"], runs["rank"]]).mean().unstack()
    ratio = np.exp(logs["second"] - logs["best"]).round(2)
    table = second_best.beside(runs).set_index("loss")
    low, high = (table["95% interval"].str.split(" to ").str[end].astype(float) for end in (0, 1))
    assert ratio[low.index[low > 1]].to_dict() == {"WGAN GP": 1.22, "DRAGAN": 1.39, "BEGAN": 1.26} and high.min() > 1
    assert answer.spread("fashion-second-seeds") == "1.30 (1.16 to 1.81)"
    assert components(published("fashion-second-seeds").trials)[0] == pytest.approx(1.295, abs=0.005)


def test_wgan_gp_starts_slowly_by_its_setting() -> None:
    early = second_best.means("WGAN GP", 250)  # under the same five seeds: the best setting's mean under all fifteen is 425.9
    assert (round(early["best"], 1), round(early["second"], 1)) == (401.5, 96.1)
    rate = {rank: of["h_learning_rate"].iloc[0] for rank, of in second_best.paired().query("name == 'WGAN GP'").groupby("rank")}
    assert rate["second"] / rate["best"] > 20


def lowest_after(step: int) -> pd.Series:
    """The lowest score of each longer run in so many steps, by loss and trial."""
    scores = pd.read_csv(STUDIES / "fashion-longer" / "evaluations.csv")
    scores = scores.merge(published("fashion-longer").trials[["id", "name"]], on="id")
    return scores[scores["step"] <= step].groupby(["name", "id"])["fid_layers"].min()


def test_longer_runs_all_ended_and_every_mean_falls_to_a_half_of_three_losses() -> None:
    found = published("fashion-longer")
    assert len(found.trials) == 24 and (found.trials["status"] == "ok").all() and round(found.hours, 1) == 1.7
    ratio = np.exp(np.log(lowest_after(8_000) / lowest_after(2_000)).groupby("name").mean())
    assert set(ratio[ratio < 0.55].index) == {"WGAN GP", "LS GAN", "BEGAN"} and ratio.max() < 1
    assert ratio.idxmin() == "WGAN GP" and more_steps.gain(found, 2_000, "WGAN GP") == "0.45 (0.37 to 0.56)"
    table = more_steps.gained(found, 2_000).set_index("loss")
    high = table["95% interval"].str.split(" to ").str[1].astype(float)
    assert set(high.index[high > 1]) == {"LS GAN", "MM GAN", "DRAGAN", "VAE"}
    assert (table["ratio"].astype(float) - ratio).abs().max() < 0.0051


def test_the_order_of_longer_runs() -> None:
    means = {step: lowest_after(step).groupby("name").mean() for step in (250, 2_000, 4_000, 8_000)}
    assert means[8_000].nsmallest(2).round(1).to_dict() == {"WGAN GP": 11.7, "LS GAN": 20.0}
    assert {means[step].idxmin() for step in (2_000, 4_000, 8_000)} == {means[250].idxmax()} == {"WGAN GP"}
    places = {name: tuple(int(means[step].rank()[name]) for step in (2_000, 8_000)) for name in ("BEGAN", "LS GAN", "WGAN")}
    assert places == {"BEGAN": (7, 4), "LS GAN": (5, 2), "WGAN": (3, 6)}
    trials = published("fashion-longer").trials
    last = trials.groupby("name")["last"].mean() - means[8_000]
    assert set(last.index[last > 0.05]) == {"NS GAN", "DRAGAN"}
    assert trials.groupby("name")["last"].mean()[["NS GAN", "DRAGAN"]].round(1).tolist() == [37.4, 35.0]
    assert means[8_000][["NS GAN", "DRAGAN"]].round(1).tolist() == [28.6, 26.6]
    assert differ(trials) == "1 of 21"


def test_longer_runs_do_not_make_losses_more_similar() -> None:
    found = published("fashion-longer")
    factors, without = {}, {}
    for step in (2_000, 8_000):
        runs = lowest_after(step).rename("best").reset_index()
        gans = runs[runs["name"] != "VAE"]
        factors[step] = components(gans)
        without[step] = round(components(gans[gans["name"] != "WGAN GP"])[0], 2)
    assert factors[2_000] == pytest.approx((1.18, 1.19, 0.49), abs=0.006)
    assert factors[8_000] == pytest.approx((1.36, 1.09, 0.927), abs=0.006)
    assert without == {2_000: 1.11, 8_000: 1.16}
    table = more_steps.spread_by_steps(found).set_index("steps")
    assert table.loc[["2,000", "8,000"], "factor between losses"].tolist() == ["1.18 (1.03 to 1.56)", "1.36 (1.17 to 2.03)"]
    assert table.loc["8,000", "without WGAN GP"] == "1.16 (1.06 to 1.48)"
    assert answer.best_to_worst("fashion-longer") == "2.4 (1.9 to 3.1)"


def test_another_machine_acts_like_another_seed() -> None:
    both = published("fashion-longer").trials.merge(SEEDS, on=["loss", "seed"])
    assert len(both) == 24 and (both["device_name_x"] != both["device_name_y"]).all()
    logs = np.log(both["id_x"].map(lowest_after(2_000).droplevel("name")) / both["best_y"])
    found = more_steps.machines(published("fashion-longer"), published("fashion-standard-seeds"), 2_000)
    assert found["n"] == 24
    assert found["typical"] == pytest.approx(np.exp(logs.abs().mean())) == pytest.approx(1.10, abs=0.005)
    assert found["mean"] == pytest.approx(np.exp(logs.mean())) == pytest.approx(1.01, abs=0.005)
    assert found["typical"] < found["seeds"] == pytest.approx(1.13, abs=0.005)
