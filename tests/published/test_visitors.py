"""The pages of the two losses that are not among the seven say what their trials say.

It mirrors no module.
"""

from __future__ import annotations

import pandas as pd
from support.published_studies import SEARCH, SEEDS, STUDIES, one_line

from benchmark.analysis.baselines import compare
from benchmarks.pages.published import published
from benchmarks.pages.seeds import pairs_of


def test_the_pages_of_the_visitors_show_what_their_trials_say() -> None:
    search, seeds = (pd.read_csv(STUDIES / name / "trials.csv") for name in ("visitors", "visitors-seeds"))
    pages = [(STUDIES / name / "README.md").read_text() for name in ("visitors", "visitors-seeds")]
    of_search, of_seeds = (one_line(page) for page in pages)
    assert len(search) == 60 and len(seeds) == 30 and (pd.concat([search, seeds])["status"] == "ok").all()
    hours = search["seconds"].sum() / 3600, seeds["seconds"].sum() / 3600
    assert f"{hours[0]:.1f} hours of one thread, 11 runs" in of_search and (search["device_name"] == "AMD EPYC").sum() == 11
    assert f"({hours[1]:.1f} hours" in of_seeds
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
    assert f"equivalent within {near:.1f}" in of_seeds
    assert r3gan.min() < min(hinge.min(), SEEDS["best"].min())
    bad = r3gan[r3gan > 1.5 * r3gan.median()]
    assert len(bad) == 4 and f"({r3gan.min():.1f}) and a median of {r3gan.median():.1f}" in of_seeds
    assert f"four of its fifteen seeds score {bad.min():.1f} to {bad.max():.1f}" in of_seeds
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


def test_r3gan_is_decided_against_the_vae_alone() -> None:
    rows = compare(published("visitors-seeds").trials, "R3GAN", published("fashion-standard-seeds").trials, 5, 0.95)
    assert list(rows.loc[rows["verdict"] != "undecided", "baseline"]) == ["VAE"]
