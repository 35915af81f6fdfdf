"""What the pages of the studies on Fashion-MNIST say: their numbers are made (test_pages), the verdicts are held here.

It mirrors no module.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support.published_studies import ROOT, SEARCH, SEARCH_AND_SEEDS, SEEDS, STUDIES, one_line

from benchmark.analysis.paper import best_fid
from benchmark.analysis.pictures import chosen_trials
from benchmark.analysis.tables.search import selected
from benchmark.analysis.trials import checked
from benchmark.losses import known_losses
from benchmarks.pages import anchors, answer
from benchmarks.pages.published import between_losses, published, shares
from benchmarks.pages.search import by_samples, decided_pairs, held_equal, rates, told_apart
from benchmarks.pages.second import means, paired, split
from benchmarks.pages.seeds import pairs_of

FIVE = {"MM GAN", "NS GAN", "LS GAN", "WGAN", "WGAN GP"}


def components(trials: pd.DataFrame) -> tuple[float, float, float]:
    """Of log scores: the losses' spread and that within a loss, as factors, and the losses' share (one-way analysis of variance)."""
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
    at = {step: selected(shorter[step]).query("budget == 10").set_index("loss")["expected_test"] for step in (1_000, 2_000)}
    ratio = at[2_000] / at[1_000]
    assert ratio.max() < 1 and ratio.idxmin() == "DRAGAN"


def test_no_larger_share_of_the_losses_where_a_part_of_the_setting_is_the_same_for_all() -> None:
    table = held_equal(checked(SEARCH))
    assert table["runs"].tolist() == ["110", "100", "106", "104", "103"]
    assert table["share between losses"].tolist() == ["6%", "1%", "0%", "0%", "6%"]
    assert table["95% interval"].str.startswith("0% to ").all()


def test_the_page_of_the_published_seeds_shows_what_its_trials_say() -> None:
    page = one_line((STUDIES / "fashion-standard-seeds" / "README.md").read_text())
    raw = (STUDIES / "fashion-standard-seeds" / "README.md").read_text()
    searched, seeded = (between_losses(published(name).trials).iloc[1] for name in SEARCH_AND_SEEDS)
    between = [row["spread between losses"].removeprefix("x ") for row in (seeded, searched)]
    assert "a factor of {} (one standard deviation of the logarithms), there {}.".format(*between) in page
    within = [row["within a loss"].removeprefix("x ") for row in (searched, seeded)]
    assert "from {} between its settings to {} between seeds".format(*within) in page
    shares = [row["share between losses"] for row in (seeded, searched)]
    assert "{} of the variance lies between these configurations, and {} between the losses there".format(*shares) in page
    there = best_fid().query("dataset == 'fashion-mnist' and loss != 'vae'").set_index("loss")["mean"]
    ours = SEEDS.groupby("loss")["best"].mean()
    rho, p = stats.spearmanr(there, ours[there.index])
    assert f"rank correlation of {rho:.2f} (p = {p:.2f})" in page
    assert len(SEEDS) == 120 and (SEEDS["status"] == "ok").all() and f"({SEEDS['seconds'].sum() / 3600:.1f} hours" in page
    assert "15 of the 21 pairs of GANs and 22 of all 28 pairs in their means, 18 and 25 in ranks" in page
    assert "| 2,000 | 15 of 21 | 22 of 28 | 18 of 21 | 25 of 28 |" in raw
    best = SEARCH.loc[SEARCH.groupby("loss")["validation"].idxmin()].set_index("loss")["selected"]
    mean = SEEDS.groupby("loss")["best"].mean()
    for name, key in (("NS GAN", "nsgan"), ("WGAN GP", "wgangp"), ("DRAGAN", "dragan")):
        assert f"{name} {best[key]:.1f} and {mean[key]:.1f}" in page
    assert f"MM GAN scored {best['mmgan']:.1f} there and {mean['mmgan']:.1f} here" in page
    assert (
        mean < mean["nsgan"]
    ).sum() == 5 and "five of the six other GANs have a lower mean than NS GAN (two of them by more" in page
    pairs = pairs_of(checked(SEEDS))
    of_ns = pairs[pairs[["first", "second"]].eq("NS GAN").any(axis=1) & (pairs["p"] < 0.05)]
    assert set(of_ns[["first", "second"]].to_numpy().flatten()) - {"NS GAN", "BEGAN", "VAE"} == {"MM GAN", "WGAN GP"}


def test_the_published_seeds_ran_with_the_best_settings_of_their_search() -> None:
    assert sorted(SEEDS["loss"].unique()) == sorted(known_losses())
    assert SEEDS["extractor_fingerprint"].unique().tolist() == SEARCH["extractor_fingerprint"].unique().tolist()
    for loss, of_loss in SEEDS.groupby("loss"):
        samples = SEARCH[(SEARCH["loss"] == loss) & (SEARCH["status"] == "ok")]
        best = samples.loc[samples["validation"].idxmin(), "h_learning_rate"]
        assert (of_loss["h_learning_rate"] == best).all()


def test_every_loss_s_median_run_under_seeds_has_its_picture_and_its_generator_and_no_other_has() -> None:
    folder = STUDIES / "fashion-standard-seeds"
    medians = chosen_trials(checked(SEEDS), "median")
    assert sorted(medians["loss"]) == sorted(known_losses())
    assert all((folder / picture).exists() for picture in medians["picture"])
    if not (ROOT / ".git").exists():
        pytest.skip("a release has no generators")
    assert sorted(path.stem for path in (folder / "generators").iterdir()) == sorted(medians["id"])


def test_the_page_of_second_best_settings_shows_what_its_trials_say() -> None:
    page = one_line((STUDIES / "fashion-second-seeds" / "README.md").read_text())
    trials, runs = published("fashion-second-seeds").trials, paired()
    found = split(runs)
    assert len(trials) == 35 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    assert len(runs) == 70 and (runs.groupby(["name", "place", "seed"]).size() == 1).all()
    in_order = SEARCH.sort_values("validation").groupby("loss")["sample"].nth(1)
    assert set(zip(trials["loss"], trials["sample"], strict=True)) <= set(
        zip(SEARCH.loc[in_order.index, "loss"], in_order, strict=True)
    )
    factors = [np.exp(np.sqrt(part)) for part in (found.losses, found.settings, found.seeds)]
    assert "by a factor of {:.2f} beside {:.2f} (p = {:.3f}".format(*factors[:2], found.p) in page
    at_the_end = runs.groupby(["place", "name"])["best"].mean()
    first, second = (at_the_end[place].sort_values() for place in ("best", "second"))
    assert list(first.index[:2]) == ["WGAN GP", "MM GAN"] and list(second.index[:2]) == ["MM GAN", "WGAN GP"]
    assert first.index[-1] == second.index[-1] == "BEGAN"
    said = "WGAN GP ({:.1f}) is before MM GAN ({:.1f}), with the second ones MM GAN ({:.1f}) before WGAN GP ({:.1f})"
    assert said.format(*first.iloc[:2], *second.iloc[:2]) in page
    logs = np.log(runs["best"]).groupby([runs["name"], runs["place"]]).mean().unstack()
    ratio = np.exp(logs["second"] - logs["best"])
    said = "worse than its best by {:.2f}, DRAGAN's by {:.2f} and BEGAN's by {:.2f}"
    assert said.format(*ratio[["WGAN GP", "DRAGAN", "BEGAN"]]) in page
    early = means("WGAN GP", 250)  # under the same five seeds: the best setting's mean under all fifteen is 425.9
    assert (round(early["best"], 1), round(early["second"], 1)) == (401.5, 96.1)
    assert trials["h_discriminator_batch_norm"].all()
    assert trials.loc[trials["h_disc_iters"] != 1, "name"].unique().tolist() == ["NS GAN"]


def test_the_page_of_longer_runs_shows_what_its_trials_say() -> None:
    page = one_line((STUDIES / "fashion-longer" / "README.md").read_text())
    found = published("fashion-longer")
    trials, shorter = found.trials, found.by_steps()
    assert len(trials) == 24 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    scores = pd.read_csv(STUDIES / "fashion-longer" / "evaluations.csv").merge(trials[["id", "name"]], on="id")
    lowest = {n: scores[scores["step"] <= n].groupby(["name", "id"])["fid_layers"].min() for n in (250, 2_000, 8_000)}
    ratio = np.exp(np.log(lowest[8_000] / lowest[2_000]).groupby("name").mean())
    assert set(ratio[ratio < 0.55].index) == {"WGAN GP", "LS GAN", "BEGAN"} and ratio.max() < 1
    means = {n: values.groupby("name").mean() for n, values in lowest.items()}
    first, second, *_ = means[8_000].sort_values().round(1).items()
    assert first[0] == means[2_000].idxmin() == means[250].idxmax() == "WGAN GP"
    assert f"{first[1]}, with the next at {second[1]}" in page
    places = {name: tuple(int(means[n].rank()[name]) for n in (2_000, 8_000)) for name in ("BEGAN", "LS GAN", "WGAN")}
    assert places == {"BEGAN": (7, 4), "LS GAN": (5, 2), "WGAN": (3, 6)}
    last = scores[scores["step"] == 8_000].groupby("name")["fid_layers"].mean()
    ends = [f"{last[name]:.1f} after {means[8_000][name]:.1f}" for name in ("NS GAN", "DRAGAN")]
    assert "{} and {} on average".format(*ends) in page
    spread = [between_losses(shorter[n]).iloc[1]["spread between losses"].removeprefix("x ") for n in (2_000, 8_000)]
    assert "a factor of {} measured after 2,000 steps (one standard deviation of the logarithms), is {}".format(*spread) in page
    others = {n: shorter[n][~shorter[n]["name"].isin(["VAE", "WGAN GP"])] for n in (2_000, 8_000)}
    without = [shares({"others": rows}).iloc[0]["spread between losses"].removeprefix("x ") for rows in others.values()]
    assert "Without it the spread goes from {} to {}.".format(*without) in page
    both = trials.assign(best=shorter[2_000]["best"]).merge(SEEDS, on=["loss", "seed"])
    logs = np.log(both["best_x"] / both["best_y"])
    assert len(both) == 24 and (both["device_name_x"] != both["device_name_y"]).all()
    assert f"a factor of {np.exp(logs.abs().mean()):.2f} on average" in page and f"ratios {np.exp(logs.mean()):.2f})" in page
    pairs = pairs_of(trials)
    assert ((pairs["p"] < 0.05) & ~pairs[["first", "second"]].eq("VAE").any(axis=1)).sum() == 1
