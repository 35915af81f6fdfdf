"""The verdicts of the claims that train studies, on tables made by hand. It mirrors no module."""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
import pandas as pd
import pytest

from benchmark.claims import Claim, find_claim

pytestmark = pytest.mark.slow

LOSSES = ("MM GAN", "NS GAN", "LS GAN", "WGAN", "WGAN GP")


def claim(name: str) -> Claim:
    return find_claim(name)()


def modes(**by_loss: float) -> pd.DataFrame:
    """Ten seeds of each loss on both sets, a mode more or less around the mean that is given; all modes by default."""
    rows = []
    for dataset, most in (("ring", 8), ("grid", 25)):
        for loss, seed in product(LOSSES, range(10)):
            mean = by_loss.get(loss.replace(" ", "_"), 0.9 * most)
            rows.append({"dataset": dataset, "loss": loss, "seed": seed, "modes": mean + seed % 2 - 0.5, "high_quality": 0.6})
    return pd.DataFrame(rows)


def test_mode_collapse_is_cured_if_both_cover_more_on_both_sets() -> None:
    few = dict.fromkeys(("MM_GAN", "NS_GAN", "LS_GAN"), 3.0)
    verdict = claim("mode-collapse").judge(modes(**few))
    assert verdict.word == "supported" and "NS GAN 3.0" in verdict.text and "n = 10 seeds" in verdict.text
    assert claim("mode-collapse").judge(modes(WGAN=2.0)).word == "not supported"
    assert claim("mode-collapse").judge(modes()).word == "undecided"
    assert claim("mode-collapse").draw(modes()).axes
    chance = claim("mode-collapse").judge(modes(WGAN=2.0).assign(high_quality=0.02))
    assert chance.word == "undecided" and "more than 2.0% on the ring and 2.0% on the grid of its points" in chance.text


def runs(ls: int, ns: int) -> pd.DataFrame:
    """Ten runs for each way, of which so many failed in each."""
    rows = [
        {
            "dataset": d,
            "loss": loss,
            "optimiser": o,
            "batch_norm": b,
            "seed": s,
            "status": "ok",
            "last": 5.0,
            "failed": s < count,
        }
        for d, b, o in product(("fashion-mnist", "ring"), (True, False), ("adam", "rmsprop"))
        for loss, count in (("lsgan", ls), ("nsgan", ns))
        for s in range(10)
    ]
    return pd.DataFrame(rows)


def test_stability_is_decided_by_the_shares_of_failed_runs() -> None:
    verdict = claim("stability").judge(runs(1, 5))
    assert verdict.word == "supported" and "LS GAN fails in 8 of 80 runs, NS GAN in 40 of 80" in verdict.text
    assert claim("stability").judge(runs(5, 1)).word == "not supported"
    equal = claim("stability").judge(runs(3, 3))
    assert equal.word == "undecided" and "they differ in: nothing" in equal.text
    assert claim("stability").draw(runs(1, 5)).axes


def test_newcombes_interval_is_the_published_one() -> None:
    newcombe = sys.modules[find_claim("stability").__module__].newcombe
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)  # Newcombe 1998, table II, case (a)
    assert newcombe(10, 10, 0, 20) == pytest.approx((0.6791, 1.0), abs=5e-5)  # case (h)


def variants(factor: float) -> pd.DataFrame:
    """Scores of eight seeds, those of WGAN's v1 higher by the factor."""
    rows = []
    for loss, variant, seed in product(("lsgan", "wgan", "dragan", "began"), ("paper", "v1"), range(8)):
        moved = factor if (loss, variant) == ("wgan", "v1") else 1.0
        rows.append({"loss": loss, "variant": variant, "seed": seed, "status": "ok", "fid_layers": (60 + seed) * moved})
    return pd.DataFrame(rows)


def test_a_variant_that_moves_a_score_contradicts_the_claim() -> None:
    verdict = claim("released-code").judge(variants(4.0))
    assert verdict.word == "not supported" and "It moves WGAN." in verdict.text and "4.00 times (3.8" in verdict.text
    assert claim("released-code").judge(variants(1.0)).word == "undecided"
    assert claim("released-code").draw(variants(4.0)).axes


def scored(turned: bool) -> pd.DataFrame:
    """Two losses under ten seeds, by four extractors, of which the last prefers the other one if they are turned."""
    rng, rows = np.random.default_rng(0), []
    for extractor, (loss, better), seed in product(
        ("layers", "classifier", "pixels", "efficientnet"), (("A", 1.0), ("B", 2.0), ("C", 8.0)), range(10)
    ):
        value = (3 - better if turned and extractor == "efficientnet" and loss != "C" else better) * rng.uniform(0.9, 1.1)
        rows.append({"loss": loss, "id": f"{loss}{seed}", "seed": seed, "extractor": extractor, "score": value})
    return pd.DataFrame(rows)


def test_features_decide_if_a_pair_changes_sides() -> None:
    verdict = claim("features").judge(scored(True))
    assert verdict.word == "supported"
    assert "1 pair: A and B (layers and classifier and pixels against efficientnet)" in verdict.text
    assert "layers and classifier 1.00 (1.00 to 1.00)" in verdict.text
    assert "n = 10 seeds or more of each of 3 models" in verdict.text
    assert claim("features").judge(scored(False)).word == "not supported"
    assert claim("features").draw(scored(True).replace({"A": "NS GAN", "B": "WGAN", "C": "VAE"})).axes
