"""The numbers of the page of findings, by other ways than the page's. It mirrors no module."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from measurements.pages import findings
from measurements.pages.published import STUDIES, published

SEEDS = ("fashion-standard-seeds", "mnist-quick-seeds", "triangles-quick-seeds")


def scores(study: str) -> dict[str, np.ndarray]:
    table = pd.read_csv(STUDIES / study / "trials.csv")
    return {name: of["best"].to_numpy() for name, of in table.groupby("loss_name")}


@pytest.mark.parametrize(
    ("study", "better", "worse"),
    [
        ("fashion-standard-seeds", {"MM GAN", "WGAN GP"}, {"BEGAN"}),
        ("mnist-quick-seeds", set(), {"MM GAN", "WGAN", "WGAN GP", "BEGAN"}),
        ("triangles-quick-seeds", set(), {"WGAN GP", "BEGAN"}),
    ],
)
def test_gans_that_differ_from_ns_gan(study: str, better: set[str], worse: set[str]) -> None:
    of = scores(study)
    pairs = [(a, b) for i, a in enumerate(of) for b in list(of)[i + 1 :]]
    p = [stats.ttest_ind(of[a], of[b], equal_var=False).pvalue for a, b in pairs]
    rejected = multipletests(p, method="holm")[0]
    differing = {frozenset(pair) for pair, differs in zip(pairs, rejected, strict=True) if differs}
    found = {name for name in of if name != "VAE" and frozenset((name, "NS GAN")) in differing}
    assert {name for name in found if of[name].mean() < of["NS GAN"].mean()} == better
    assert found - better == worse
    table = findings.against_reference(study)
    assert set(table.loc[table["better"], "loss"]) == better
    assert set(table.loc[~table["better"], "loss"]) == worse


def test_spread_over_seeds_is_the_median_of_the_gans() -> None:
    shares = [of.std(ddof=1) / of.mean() for name, of in scores("fashion-standard-seeds").items() if name != "VAE"]
    assert findings.seed_spread("fashion-standard-seeds") == f"{np.median(shares):.0%}" == "12%"


def test_paper_table_by_hand() -> None:
    # Fashion-MNIST: 29.6, 26.5, 30.7, 21.5, 24.5, 27.7, 22.9 with deviations 1.6, 1.6, 2.2, 1.6, 2.1, 1.2, 0.9.
    assert findings.best_to_worst_of_the_paper("fashion-mnist") == f"{30.7 / 21.5:.1f}"
    assert findings.seed_spread_of_the_paper("fashion-mnist") == f"{1.6 / 26.5:.0%}"


def test_fid_rises_with_classes_left_out_in_most_orders() -> None:
    rows = pd.read_csv(findings.METRICS / "mnist-layers-dropped-classes.csv").pivot(
        index="repetition", columns="dropped", values="fid"
    )
    rising = (rows.diff(axis=1).iloc[:, 1:] > 0).all(axis=1).sum()
    assert findings.rises_with_dropped_classes("mnist") == f"{rising} of 50"
    assert rising > 25


def test_expected_score_of_one_setting_is_the_mean() -> None:
    gans = published("fashion-standard").gans
    means = gans.groupby("name")["selected"].mean()
    assert findings.by_settings("fashion-standard", 1) == f"{np.exp(np.log(means).mean()):.0f}"


def test_interval_of_a_rank_correlation_holds_the_correlation() -> None:
    first, second = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0]), pd.Series([1.0, 2.0, 3.0, 4.0, 5.0])
    assert findings.correlation(first, second) == "1.00 (1.00 to 1.00)"
    assert findings.correlation(first, -second) == "-1.00 (-1.00 to -1.00)"


def test_no_gan_reaches_the_paper_s_tolerance_on_triangles() -> None:
    table = pd.read_csv(STUDIES / "triangles-quick-seeds" / "trials.csv")
    means = table[table["loss"] != "vae"].groupby("loss")["f1"].mean()
    assert float(findings.highest_f1("triangles-quick-seeds").partition(" ")[0]) == pytest.approx(means.max(), abs=0.005)
    assert means.max() < 0.01
