"""The pages of the studies on triangles say what their trials say.

It mirrors no module.
"""

from __future__ import annotations

import pandas as pd
from support.published_studies import STUDIES, one_line

from benchmarks.pages.manifold import scores_at
from benchmarks.pages.orders import correlation, orders
from benchmarks.pages.published import published
from benchmarks.pages.seeds import pairs_of


def test_the_page_of_triangles_search_shows_what_its_trials_say() -> None:
    page = one_line((STUDIES / "triangles-quick" / "README.md").read_text())
    trials = pd.read_csv(STUDIES / "triangles-quick" / "trials.csv")
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
        assert correlation(orders(1_000, other, "triangles-quick")) in page


def test_the_page_of_triangles_seeds_shows_what_its_trials_say() -> None:
    page = one_line((STUDIES / "triangles-quick-seeds" / "README.md").read_text())
    trials = published("triangles-quick-seeds").trials
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
