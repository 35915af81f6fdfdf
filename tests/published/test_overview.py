"""The README and the overview of the results quote what the studies give.

It mirrors no module.
"""

from __future__ import annotations

import json
import statistics

import pandas as pd
import pytest
from support.published_studies import ROOT, SEARCH, SEARCH_AND_SEEDS, SEEDS, one_line

from benchmark.analysis.summary import as_markdown, as_text, summarise
from benchmark.analysis.trials import checked
from benchmark.losses import known_losses
from benchmarks.pages.orders import correlation, orders
from benchmarks.pages.published import between_losses, published
from benchmarks.pages.search import by_samples, decided_pairs, held_equal
from benchmarks.pages.seeds import pairs_of


def test_the_readme_shows_the_published_summary() -> None:
    assert as_markdown(as_text(summarise(SEEDS))) in (ROOT / "README.md").read_text()


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


def test_the_overview_of_the_results_quotes_what_the_studies_give() -> None:
    text = one_line((ROOT / "results" / "README.md").read_text())
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
    assert correlation(orders(1_000, "fashion-standard", "mnist-quick")).startswith("0.69 of all models (p = 0.06)")
    of_triangles = [between_losses(published(name).trials).iloc[1] for name in ("triangles-quick", "triangles-quick-seeds")]
    assert "on triangles {} and {}.".format(*(row["spread between losses"] for row in of_triangles)) in text
    beside = [correlation(orders(1_000, name, "triangles-quick"))[:4] for name in (names[0], names[2])]
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


def test_the_readme_quotes_what_the_published_studies_give() -> None:
    readme = one_line((ROOT / "README.md").read_text())
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
    assert by_samples(checked(SEARCH))["loss"].iloc[0] == "MM GAN"
    differ = pairs_of(checked(SEEDS))
    of_gans = differ[(differ["second"] != "VAE") & (differ["p"] < 0.05)]
    assert len(of_gans) == 15 and "fifteen pairs differ under fifteen seeds" in readme
    assert SEEDS.groupby("loss_name")["best"].mean().idxmin() == "WGAN GP"
    size = pd.read_csv(ROOT / "results" / "metrics" / "fashion-mnist-layers-size-summary.csv", dtype={"n": str})
    real = size[(size["comparison"] == "training against test images") & (size["n"] == "10000")].iloc[0]
    assert f"Real training images score {real['mean']:.2f} ± {real['std']:.2f}" in readme
