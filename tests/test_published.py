"""What is published is what the published trials say.

It mirrors no module.
"""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmark.analysis.paper import best_fid
from benchmark.analysis.pictures import chosen_trials
from benchmark.analysis.summary import as_markdown, as_text, summarise
from benchmark.analysis.tables import tables
from benchmark.analysis.trials import checked
from benchmark.losses import known_losses
from benchmark.study.planning.defaults import TUNED_TABLE
from benchmark.study.planning.studyfile import find_study
from benchmark.study.trial import RESULT_VERSION
from benchmarks.pages.longer import page_tables as longer_tables
from benchmarks.pages.manifold import page_tables as manifold_tables
from benchmarks.pages.manifold import scores_at
from benchmarks.pages.orders import correlation, in_print, orders
from benchmarks.pages.published import between_losses, published, shares
from benchmarks.pages.search import decided_pairs, held_equal, page_tables
from benchmarks.pages.second import SECOND, beside, paired, split, spreads
from benchmarks.pages.seeds import page_tables as seeds_tables
from benchmarks.pages.seeds import pairs_of
from benchmarks.tuned_defaults import tuned

ROOT = Path(__file__).parent.parent
STUDIES = ROOT / "results" / "studies"
SEARCH_AND_SEEDS = ("fashion-standard", "fashion-standard-seeds")
OF_QUICK = [("quick", "mnist", "mnist-quick"), ("quick", "triangles", "triangles-quick")]
SEARCH, SEEDS = (pd.read_csv(STUDIES / name / "trials.csv") for name in SEARCH_AND_SEEDS)


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(STUDIES.glob("*/trials.csv"))])
def test_a_summary_shows_the_numbers_of_its_trials_which_all_ended_on_a_clean_commit(name: str) -> None:
    folder = ROOT / "results" / "studies" / name
    trials = pd.read_csv(folder / "trials.csv")
    assert (folder / "summary.md").read_text() == as_markdown(as_text(summarise(trials)))
    assert not (trials["status"] == "pending").any() and not trials["dirty"].any()
    assert (trials["result_version"] == RESULT_VERSION).all()
    planned = find_study(name)
    assert (trials.groupby("loss")["sample"].nunique() == (1 if planned.source else planned.samples)).all()


def test_the_readme_shows_the_published_summary() -> None:
    assert as_markdown(as_text(summarise(SEEDS))) in (ROOT / "README.md").read_text()


def test_the_page_of_a_published_search_shows_what_its_trials_say() -> None:
    folder = ROOT / "results" / "studies" / "fashion-standard"
    page = (folder / "README.md").read_text()
    trials = pd.read_csv(folder / "trials.csv")
    shown = page_tables(folder.name)
    assert len(shown) == 6 and all(table.strip() in page for table in shown)
    assert len(trials) == 240 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    high = 1 - (trials["best"] < 100).groupby(trials["loss"]).mean()
    assert high.min() == pytest.approx(3 / 5) and high.max() == pytest.approx(9 / 10)
    means = trials.groupby("loss")["selected"].mean()
    assert means.idxmin() == "vae"
    decided = shown[5]
    five = ("MM GAN", "NS GAN", "LS GAN", "WGAN", "WGAN GP")
    assert all(f"| {name} | VAE |" in decided for name in five)
    assert not any(f"| {a} | {b} |" in decided for a in five for b in five)


def test_the_readme_s_table_of_speeds_is_what_was_measured() -> None:
    readme = (ROOT / "README.md").read_text()
    measured = json.loads((ROOT / "results" / "speed" / "step-amd-epyc.json").read_text())
    assert f"torch {measured['torch']}" in readme and measured["members"] == 1
    for key, loss in known_losses().items():
        shown = []
        for width in (0.25, 1.0):
            (row,) = (row for row in measured["rows"] if (row["loss"], row["width"]) == (key, width))
            medians = {name: statistics.median(blocks) for name, blocks in row["blocks"].items()}
            ours = medians.pop("ours")
            fastest = min(medians.values())
            shown += [f"{ours:.1f}", f"{fastest:.1f}", f"{fastest / ours:.2f}", f"{row['floor']:.1f}"]
        assert f"| {' | '.join([loss.name, *shown])} |" in readme


def test_the_page_of_the_published_seeds_shows_what_its_trials_say() -> None:
    page = re.sub(r"\s+", " ", (STUDIES / "fashion-standard-seeds" / "README.md").read_text())
    shown = seeds_tables("fashion-standard-seeds")
    raw = (STUDIES / "fashion-standard-seeds" / "README.md").read_text()
    assert len(shown) == 6 and all(table.strip() in raw for table in shown)
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


def test_the_pages_of_the_visitors_show_what_their_trials_say() -> None:
    search, seeds = (pd.read_csv(STUDIES / name / "trials.csv") for name in ("visitors", "visitors-seeds"))
    pages = [(STUDIES / name / "README.md").read_text() for name in ("visitors", "visitors-seeds")]
    shown = page_tables("visitors", "fashion-standard"), seeds_tables("visitors-seeds", "fashion-standard-seeds")
    for page, tables_shown in zip(pages, shown, strict=True):
        assert len(tables_shown) == 6 and all(table.strip() in page for table in tables_shown)
    of_search, of_seeds = (re.sub(r"\s+", " ", page) for page in pages)
    document = re.sub(r"\s+", " ", (ROOT / "docs" / "new-loss.md").read_text())
    readme = re.sub(r"\s+", " ", (ROOT / "README.md").read_text())
    assert len(search) == 60 and len(seeds) == 30 and (pd.concat([search, seeds])["status"] == "ok").all()
    hours = search["seconds"].sum() / 3600, seeds["seconds"].sum() / 3600
    assert f"{hours[0]:.1f} hours of one thread, 11 runs" in of_search and (search["device_name"] == "AMD EPYC").sum() == 11
    assert f"({hours[1]:.1f} hours" in of_seeds and f"took {sum(hours):.1f} hours" in document
    best = search.loc[search.groupby("loss_name")["validation"].idxmin()].set_index("loss_name")
    low = (search["best"] < 100).groupby(search["loss_name"]).sum()
    assert f"R3GAN's {best.loc['R3GAN', 'selected']:.1f} and hinge's {best.loc['hinge', 'selected']:.1f}" in of_search
    of_seven = (SEARCH["best"] < 100).groupby(SEARCH["loss"]).sum().drop("vae").max()
    said = (
        f"Of hinge's 30 settings {low['hinge']} end below 100, of R3GAN's {low['R3GAN']}, of the GANs' among the seven at most"
    )
    assert f"{said} {of_seven}." in of_search
    setting = best.loc["R3GAN"]
    assert "learning rate of {:.4f} and a gamma of {:.2f}".format(*setting[["h_learning_rate", "h_gamma"]]) in of_seeds
    hinge, r3gan = (seeds.loc[seeds["loss_name"] == name, "best"].sort_values() for name in ("hinge", "R3GAN"))
    mmgan = SEEDS.loc[SEEDS["loss"] == "mmgan", "best"]
    assert f"means of {hinge.mean():.1f} and {mmgan.mean():.1f}" in of_seeds
    both = pairs_of(published("visitors-seeds", "fashion-standard-seeds").trials)
    (near,) = both.loc[(both["first"] == "MM GAN") & (both["second"] == "hinge"), "equivalent_within"]
    assert f"equivalent within {near:.1f}" in of_seeds and f"equivalent to MM GAN within {near:.1f}" in readme
    assert r3gan.min() < min(hinge.min(), SEEDS["best"].min())
    bad = r3gan[r3gan > 1.5 * r3gan.median()]
    assert len(bad) == 4 and f"({r3gan.min():.1f}) and a median of {r3gan.median():.1f}" in of_seeds
    assert f"four of its fifteen seeds score {bad.min():.1f} to {bad.max():.1f}" in of_seeds
    assert f"at {bad.min() / r3gan.median():.1f} to {bad.max() / r3gan.median():.1f} times its median" in document
    evaluations = pd.read_csv(STUDIES / "visitors-seeds" / "evaluations.csv").sort_values("step", kind="stable")
    lowest = evaluations.groupby("id")["fid_layers"].cummin()
    broken = evaluations.loc[(evaluations["fid_layers"] > 250) & (lowest < evaluations["fid_layers"]), "id"].unique()
    ends = seeds[seeds["id"].isin(broken)].sort_values("last")[["best", "last"]].to_numpy()
    assert len(ends) == 3 and ends[0][0] == ends[0][1] == bad.max()
    said = "one ended at {1:.0f} after {0:.1f}, one at {3:,.0f} after {2:.1f}".format(*ends[1:].flatten())
    assert f"one recovered to {bad.max():.1f}, {said}" in of_seeds
    last = seeds.loc[r3gan.index, "last"].mean()
    assert f"the mean of the last evaluations, {last:.1f}" in of_seeds
    assert f"The mean of {r3gan.mean():.1f}" in of_seeds


def test_the_page_of_second_best_settings_shows_what_its_trials_say() -> None:
    raw = (STUDIES / "fashion-second-seeds" / "README.md").read_text()
    page, trials, runs = re.sub(r"\s+", " ", raw), published("fashion-second-seeds").trials, paired()
    found, of_seeds = split(runs), seeds_tables("fashion-second-seeds")
    shown = (as_markdown(beside(runs)), as_markdown(spreads(found)), of_seeds[2], of_seeds[3])
    assert all(table.strip() in raw for table in shown)
    assert len(trials) == 35 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    assert len(runs) == 70 and (runs.groupby(["name", "place", "seed"]).size() == 1).all()
    in_order = SEARCH.sort_values("validation").groupby("loss")["sample"].nth(1)
    assert set(zip(trials["loss"], trials["sample"], strict=True)) <= set(
        zip(SEARCH.loc[in_order.index, "loss"], in_order, strict=True)
    )
    factors = [np.exp(np.sqrt(part)) for part in (found.losses, found.settings, found.seeds)]
    assert "by a factor of {:.2f} beside {:.2f} (p = {:.3f}".format(*factors[:2], found.p) in page
    means = runs.groupby(["place", "name"])["best"].mean()
    first, second = (means[place].sort_values() for place in ("best", "second"))
    assert list(first.index[:2]) == ["WGAN GP", "MM GAN"] and list(second.index[:2]) == ["MM GAN", "WGAN GP"]
    assert first.index[-1] == second.index[-1] == "BEGAN"
    said = "WGAN GP ({:.1f}) is before MM GAN ({:.1f}), with the second ones MM GAN ({:.1f}) before WGAN GP ({:.1f})"
    assert said.format(*first.iloc[:2], *second.iloc[:2]) in page
    logs = np.log(runs["best"]).groupby([runs["name"], runs["place"]]).mean().unstack()
    ratio = np.exp(logs["second"] - logs["best"])
    said = "worse than its best by {:.2f}, DRAGAN's by {:.2f} and BEGAN's by {:.2f}"
    assert said.format(*ratio[["WGAN GP", "DRAGAN", "BEGAN"]]) in page
    early = [
        published(name).by_steps()[250].groupby("name")["best"].mean()["WGAN GP"] for name in (SEARCH_AND_SEEDS[1], SECOND)
    ]
    assert (
        "the best setting scores {:.1f} on average, the second one, with a larger learning rate, {:.1f}".format(*early) in page
    )
    assert trials["h_discriminator_batch_norm"].all()
    assert trials.loc[trials["h_disc_iters"] != 1, "name"].unique().tolist() == ["NS GAN"]
    overview, readme = (re.sub(r"\s+", " ", (ROOT / name).read_text()) for name in ("results/README.md", "README.md"))
    said = "losses spread by x {:.2f}, two settings of one loss by x {:.2f} and seeds by x {:.2f} (p = {:.3f})"
    assert said.format(*factors, found.p) in overview
    assert (
        "[{1:.2f} beside {0:.2f}](results/studies/fashion-second-seeds/README.md), p = {2:.3f}".format(*factors[:2], found.p)
        in readme
    )


def test_the_page_of_longer_runs_shows_what_its_trials_say() -> None:
    raw = (STUDIES / "fashion-longer" / "README.md").read_text()
    page, found = re.sub(r"\s+", " ", raw), published("fashion-longer")
    trials, shorter = found.trials, found.by_steps()
    assert all(table.strip() in raw for table in longer_tables("fashion-longer", 2_000))
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
    overview = re.sub(r"\s+", " ", (ROOT / "results" / "README.md").read_text())
    others = {n: shorter[n][~shorter[n]["name"].isin(["VAE", "WGAN GP"])] for n in (2_000, 8_000)}
    without = [shares({"others": rows}).iloc[0]["spread between losses"].removeprefix("x ") for rows in others.values()]
    assert "Without it the spread goes from {} to {}.".format(*without) in page
    assert "without it, by x {1} in place of x {0}".format(*without) in overview
    assert "spread by x {1} in place of x {0}, since".format(*spread) in overview
    assert f"({first[1]}, with the next at {second[1]})" in overview
    both = trials.assign(best=shorter[2_000]["best"]).merge(SEEDS, on=["loss", "seed"])
    logs = np.log(both["best_x"] / both["best_y"])
    assert len(both) == 24 and (both["device_name_x"] != both["device_name_y"]).all()
    assert f"a factor of {np.exp(logs.abs().mean()):.2f} on average" in page and f"ratios {np.exp(logs.mean()):.2f})" in page
    pairs = pairs_of(trials)
    assert ((pairs["p"] < 0.05) & ~pairs[["first", "second"]].eq("VAE").any(axis=1)).sum() == 1


def test_the_page_of_mnist_s_search_shows_what_its_trials_say() -> None:
    raw = (STUDIES / "mnist-quick" / "README.md").read_text()
    page, trials = re.sub(r"\s+", " ", raw), pd.read_csv(STUDIES / "mnist-quick" / "trials.csv")
    assert all(table.strip() in raw for table in page_tables("mnist-quick"))
    assert len(trials) == 192 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    best = trials.loc[trials.groupby("loss")["validation"].idxmin()].set_index("loss")["selected"].sort_values()
    assert list(best.index[:2]) == ["lsgan", "nsgan"]
    assert "{:.1f} and {:.1f} for the best of all 24, and nearly alike; the others end at {:.1f}".format(*best[:3]) in page
    ranks = orders("fashion-standard", "mnist-quick", 1_000)
    assert in_print(ranks).strip() in raw and f"Rank correlation: {correlation(ranks)}." in page
    there, here = (ranks.set_index("loss")[name].sort_values().index.tolist() for name in ranks.columns[1:])
    assert here[:4] == ["LS GAN", "NS GAN", "DRAGAN", "MM GAN"] and there[0] == "MM GAN" and set(there[1:3]) == set(here[:2])
    assert set(there[5:]) == {"DRAGAN", "VAE", "BEGAN"} and {"VAE", "BEGAN"} == set(here[6:])
    held = held_equal(checked(trials)).set_index("of")
    share = held["share between losses"].str.rstrip("%").astype(int)
    assert share["settings with batch norm in D"] == 25 and share["runs below 400"] == pytest.approx(100 / 3, abs=3)
    assert "the 46 runs below 400" in page and held.loc["runs below 400", "runs"] == "46" and "a quarter and a third" in page


def test_the_page_of_triangles_search_shows_what_its_trials_say() -> None:
    raw = (STUDIES / "triangles-quick" / "README.md").read_text()
    page, trials = re.sub(r"\s+", " ", raw), pd.read_csv(STUDIES / "triangles-quick" / "trials.csv")
    assert all(table.strip() in raw for table in (*page_tables("triangles-quick"), *manifold_tables("triangles-quick")))
    assert len(trials) == 96 and (trials["status"] == "ok").all() and f"{trials['seconds'].sum() / 3600:.1f} hours" in page
    gans = trials[trials["loss"] != "vae"]
    assert f"no GAN has an F1 above {gans['f1'].max():.2f}" in page
    assert f"the VAE has up to {trials.loc[trials['loss'] == 'vae', 'f1'].max():.2f}" in page
    at = {delta: scores_at(delta, trials)["F1"].groupby(trials["loss"]) for delta in (2.0, 4.0)}
    best = [at[delta].max()[loss] for delta in (4.0, 2.0) for loss in ("lsgan", "vae")]
    assert "({:.2f} and {:.2f}; at delta 2 it has {:.2f} and {:.2f})".format(*best) in page
    assert "reach {:.2f} and {:.2f}, with".format(*at[4.0].max()[["wgan", "nsgan"]]) in page
    assert at[4.0].max().sort_values().iloc[3] < 0.035 and at[4.0].median().max() < 0.005
    (white,) = trials[trials["precision_score"] > 0.99].to_dict("records")
    assert (white["loss"], white["recall"], white["precision_at_0.1"]) == ("began", 0, 1)
    chosen = trials.loc[trials.groupby("loss")["validation"].idxmin()].set_index("loss")
    assert "the same FID, {:.1f} and {:.1f}".format(*chosen.loc[["mmgan", "vae"], "best"]) in page
    assert "an F1 of {:.2f} and {:.2f}".format(*scores_at(4.0, chosen).loc[["mmgan", "vae"], "F1"]) in page
    assert f"{(trials['best'] > 400).sum()} of the 96 runs end above 400" in page
    for other in ("fashion-standard", "mnist-quick"):
        assert correlation(orders(other, "triangles-quick", 1_000)) in page
        for loss, *ranks in orders(other, "triangles-quick", 1_000).itertuples(index=False):
            assert re.search(rf"\| {loss} \|[^\n]* {ranks[0]:.1f} \|[^\n]* {ranks[1]:.1f} \|", raw)


def test_the_page_of_triangles_seeds_shows_what_its_trials_say() -> None:
    raw = (STUDIES / "triangles-quick-seeds" / "README.md").read_text()
    page, trials = re.sub(r"\s+", " ", raw), published("triangles-quick-seeds").trials
    ranked, shares_shown, settings_shown, _, _, closest_shown = seeds_tables("triangles-quick-seeds")
    shown = (ranked, shares_shown, settings_shown, closest_shown, *manifold_tables("triangles-quick-seeds"))
    assert all(table.strip() in raw for table in shown)
    assert len(trials) == 48 and (trials["status"] == "ok").all() and f"({trials['seconds'].sum() / 3600:.1f} hours" in page
    means = trials.groupby("name")["best"].mean().sort_values()
    assert list(means.index[:5]) == ["LS GAN", "WGAN", "NS GAN", "BEGAN", "VAE"]
    f1 = scores_at(4.0, trials)["F1"].groupby(trials["name"]).mean().sort_values(ascending=False)
    assert list(f1.index[:4]) == ["LS GAN", "VAE", "WGAN", "NS GAN"]
    said = f"{means.iloc[0]:.1f}, with the next at {means.iloc[1]:.1f}, and {f1['LS GAN']:.2f} at delta 4, where WGAN has"
    assert f"{said} {f1['WGAN']:.2f} and NS GAN {f1['NS GAN']:.2f}." in page
    for study, place in (("mnist-quick-seeds", 1), ("fashion-standard-seeds", 3)):
        assert published(study).trials.groupby("name")["best"].mean().rank()["LS GAN"] == place
    of_began = scores_at(4.0, trials[trials["name"] == "BEGAN"])["F1"]
    said = f"has {of_began.mean():.2f} here, and between {of_began.min():.2f} and {of_began.max():.2f} from seed to seed"
    assert said in page and trials.groupby("name")["best"].median().rank()["VAE"] == 4
    at_first = trials.groupby("name")["f1"].mean()
    assert at_first.drop("VAE").max() < 0.005 and f"the VAE's {at_first['VAE']:.2f}" in page
    white = trials[(trials["name"] == "MM GAN") & (trials["precision_score"] > 0.99)]
    assert len(white) == 4 and (white["recall"] == 0).all() and white["best"].between(945, 960).all()
    assert scores_at(4.0, trials)["precision"].groupby(trials["name"]).mean().rank(ascending=False)["MM GAN"] == 2
    *others, far = sorted(trials.loc[trials["name"] == "VAE", "best"])
    assert f"an FID of {far:.0f} with" in page and f"(FID {others[0]:.0f} to {others[-1]:.0f})" in page
    pairs = pairs_of(trials)
    gans = pairs[~pairs[["first", "second"]].eq("VAE").any(axis=1)]
    assert (gans["p"] < 0.05).sum() == 8 and pairs["p_rank"].min() > 0.05


def test_the_page_of_mnist_s_seeds_shows_what_its_trials_say() -> None:
    raw = (STUDIES / "mnist-quick-seeds" / "README.md").read_text()
    search, trials = (pd.read_csv(STUDIES / name / "trials.csv") for name in ("mnist-quick", "mnist-quick-seeds"))
    page = re.sub(r"\s+", " ", raw)
    assert all(table.strip() in raw for table in seeds_tables("mnist-quick-seeds"))
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


def test_the_overview_of_the_results_quotes_what_the_studies_give() -> None:
    text = re.sub(r"\s+", " ", (ROOT / "results" / "README.md").read_text())
    names = (*SEARCH_AND_SEEDS, "mnist-quick", "mnist-quick-seeds")
    trials = {name: published(name).trials for name in names}
    rows = [between_losses(trials[name]).iloc[1] for name in names]
    between, within = ([row[column] for row in rows] for column in ("spread between losses", "within a loss"))
    assert "{} over random settings and {} where each has its best setting; on MNIST {} and {}".format(*between) in text
    assert f"seeds spread by {within[1]} and {within[3]}" in text
    shares_of = [(row["share between losses"], row["95% interval"]) for row in rows]
    said = (
        "{} of the variance of the logarithms lies between the losses on Fashion-MNIST (95% interval {}) and {} on MNIST ({})"
    )
    assert said.format(*shares_of[0], *shares_of[2]) in text
    said = "{} ({}) and {} ({}) of the variance lies between the configurations"
    assert said.format(*shares_of[1], *shares_of[3]) in text
    held = [held_equal(trials[name]).set_index("of").loc["runs below 400"] for name in (names[0], names[2])]
    learned = " and ".join(f"{row['share between losses']} ({row['95% interval']})" for row in held)
    assert f"on the one and a quarter on the other, it is {learned}" in text
    below = [int(row["runs"]) / int(all_of["runs"]) for row, all_of in zip(held, (rows[0], rows[2]), strict=True)]
    assert below == pytest.approx([1 / 2, 1 / 4], abs=0.03)
    assert correlation(orders("fashion-standard", "mnist-quick", 1_000)).startswith("0.69 of all models (p = 0.06)")
    of_triangles = [between_losses(published(name).trials).iloc[1] for name in ("triangles-quick", "triangles-quick-seeds")]
    assert "on triangles {} and {}.".format(*(row["spread between losses"] for row in of_triangles)) in text
    beside = [correlation(orders(name, "triangles-quick", 1_000))[:4] for name in (names[0], names[2])]
    assert "those on triangles of {} with Fashion-MNIST's and {} with MNIST's".format(*beside) in text
    of_settings = (within[0], within[2], of_triangles[0]["within a loss"])
    assert "Random settings of one loss spread by {}, {} and {}".format(*of_settings) in text
    places = [published(name).trials.groupby("name")["best"].mean().rank()["LS GAN"] for name in (names[1], names[3])]
    assert places == [3, 1] and "under seeds LS GAN is third, first and first" in text
    assert "a correlation of 0.69 (p = 0.06;" in text
    apart = []
    for name in (names[0], names[2]):
        pairs = decided_pairs(trials[name])
        apart.append((~pairs[["better", "than"]].eq("VAE").any(axis=1)).sum())
    assert "tell {} of 21 pairs of GANs apart on Fashion-MNIST, {} on MNIST".format(*apart) in text
    differ, closest = [], []
    for name in (names[1], names[3]):
        pairs = pairs_of(trials[name])
        pairs = pairs[~pairs[["first", "second"]].eq("VAE").any(axis=1)]
        differ.append([(pairs[p] < 0.05).sum() for p in ("p", "p_rank")])
        closest.append(pairs["equivalent_within"].min())
    (fashion, in_ranks), (mnist, mnist_in_ranks) = differ
    said = f"{fashion} and {mnist} of the 21 pairs of GANs differ in means, {in_ranks} and {mnist_in_ranks} in ranks"
    assert said in text
    assert "within less than {:.1f} on Fashion-MNIST or {:.1f} on MNIST".format(*closest) in text


def test_the_documents_quote_what_the_published_studies_give() -> None:
    minima = tables(checked(SEARCH))["minimum-against-budget"]
    row = minima[(minima["loss"] == "LS GAN") & (minima["budget"] == 5)].iloc[0]
    studies = re.sub(r"\s+", " ", (ROOT / "docs" / "studies.md").read_text())
    assert f"{row['expected']:.2f} and {row['unbiased']:.2f} at k = 5" in studies
    readme = re.sub(r"\s+", " ", (ROOT / "README.md").read_text())
    pairs = decided_pairs(checked(SEARCH))
    gans = pairs[~pairs["than"].eq("VAE")]
    assert len(gans) == 5 and "tell five of 21 pairs of GANs apart" in readme
    searched, seeded = (between_losses(published(name).trials).iloc[1] for name in SEARCH_AND_SEEDS)
    spreads = [searched[c].removeprefix("x ") for c in ("spread between losses", "within a loss")]
    assert "a factor of {} (one standard deviation of their logarithms) and by {} within one".format(*spreads) in readme
    spreads = [seeded[c].removeprefix("x ") for c in ("spread between losses", "within a loss")]
    assert "they spread by {} and seeds by {}".format(*spreads) in readme
    for row in (searched, seeded):
        assert f"{row['share between losses']} of the variance" in readme and row["95% interval"] in readme
    assert "a rank correlation of 0.69 (p = 0.06)" in readme
    assert page_tables(SEARCH_AND_SEEDS[0])[0].splitlines()[2].startswith("| MM GAN |")
    differ = pairs_of(checked(SEEDS))
    of_gans = differ[(differ["second"] != "VAE") & (differ["p"] < 0.05)]
    assert len(of_gans) == 15 and "fifteen pairs differ under fifteen seeds" in readme
    assert SEEDS.groupby("loss_name")["best"].mean().idxmin() == "WGAN GP"
    size = pd.read_csv(ROOT / "results" / "metrics" / "fashion-mnist-layers-size-summary.csv", dtype={"n": str})
    real = size[(size["comparison"] == "training against test images") & (size["n"] == "10000")].iloc[0]
    assert f"Real training images score {real['mean']:.2f} ± {real['std']:.2f}" in readme


def test_every_loss_s_median_run_under_seeds_has_its_picture_and_its_generator_and_no_other_has() -> None:
    folder = STUDIES / "fashion-standard-seeds"
    medians = chosen_trials(checked(SEEDS), "median")
    assert sorted(medians["loss"]) == sorted(known_losses())
    assert all((folder / picture).exists() for picture in medians["picture"])
    if not (ROOT / ".git").exists():
        pytest.skip("a release has no generators")
    assert sorted(path.stem for path in (folder / "generators").iterdir()) == sorted(medians["id"])


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(STUDIES.glob("*/trials.csv"))])
def test_the_published_tables_are_what_the_trials_give(name: str) -> None:
    folder = STUDIES / name
    found = tables(checked(pd.read_csv(folder / "trials.csv")))
    published = {path.stem for path in (folder / "analysis").glob("*.csv")}
    assert published == found.keys() and (folder / "analysis" / "report.html").exists()
    for table, rows in found.items():
        shown = pd.read_csv(folder / "analysis" / f"{table}.csv")
        pd.testing.assert_frame_equal(shown, rows.reset_index(drop=True), check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize(("budget", "dataset", "study"), [("standard", "fashion-mnist", SEARCH_AND_SEEDS[0]), *OF_QUICK])
def test_the_settings_that_ship_with_the_package_are_the_best_of_a_published_search(
    budget: str, dataset: str, study: str
) -> None:
    shipped = pd.read_csv(TUNED_TABLE)
    pd.testing.assert_frame_equal(shipped, tuned(), check_dtype=False)
    for loss, rows in pd.read_csv(STUDIES / study / "trials.csv").groupby("loss"):
        best = rows.loc[rows["validation"].idxmin()]
        chosen = shipped[(shipped["loss"] == loss) & (shipped["budget"] == budget) & (shipped["dataset"] == dataset)]
        (row,) = chosen.to_dict("records")
        assert row["sample"] == best["sample"] and row["h_learning_rate"] == best["h_learning_rate"]


def test_the_published_seeds_ran_with_the_best_settings_of_their_search() -> None:
    assert sorted(SEEDS["loss"].unique()) == sorted(known_losses())
    assert SEEDS["extractor_fingerprint"].unique().tolist() == SEARCH["extractor_fingerprint"].unique().tolist()
    for loss, of_loss in SEEDS.groupby("loss"):
        samples = SEARCH[(SEARCH["loss"] == loss) & (SEARCH["status"] == "ok")]
        best = samples.loc[samples["validation"].idxmin(), "h_learning_rate"]
        assert (of_loss["h_learning_rate"] == best).all()
