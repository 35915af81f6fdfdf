from __future__ import annotations

import pandas as pd
import pytest

from benchmark.analysis.tables.manifold import agreement, manifold_means, scores_at

TRIALS = pd.DataFrame(
    {
        "name": ["MM GAN", "MM GAN", "LS GAN", "LS GAN", "VAE", "VAE"],
        "loss": ["mmgan", "mmgan", "lsgan", "lsgan", "vae", "vae"],
        "status": ["ok", "ok", "ok", "failed", "ok", "ok"],
        "best": [40.0, 30.0, 20.0, float("inf"), 100.0, 90.0],
        "precision_score": [0.0, 0.0, 0.5, float("nan"), 0.0, 0.0],
        "recall": [0.0, 0.1, 0.5, float("nan"), 0.0, 0.0],
        "precision_at_4": [0.2, 0.6, 0.9, float("nan"), 0.1, 0.3],
        "recall_at_4": [0.6, 0.2, 0.9, float("nan"), 0.1, 0.3],
    }
)


def test_f1_is_the_harmonic_mean_and_0_where_nothing_is_near() -> None:
    assert scores_at(0.75, TRIALS)["F1"].tolist()[:3] == [0, 0, 0.5]
    assert scores_at(4.0, TRIALS)["F1"].tolist()[:3] == pytest.approx([0.3, 0.3, 0.9])  # 2 x 0.2 x 0.6 / 0.8


def test_the_loss_of_the_highest_f1_comes_first_and_failed_trials_do_not_count() -> None:
    found = manifold_means(TRIALS).set_index("loss")
    assert list(found.index) == ["LS GAN", "MM GAN", "VAE"]
    assert found.loc["MM GAN"].to_dict() == pytest.approx(
        {"F1 at 0.75": 0, "precision": 0.4, "recall": 0.4, "F1 at 4": 0.3, "FID": 35}
    )


def test_agreement_with_fid_is_over_runs_of_all_models_and_of_the_gans() -> None:
    found = agreement(TRIALS).set_index("of")
    assert found["runs"].to_dict() == {"all models": 5, "the GANs": 3}
    # Of the GANs precision rises as FID falls; of all, FID falls in the order 100, 90, 40, 30, 20 and precision goes
    # 0.1, 0.3, 0.2, 0.6, 0.9: one swap of neighbours, 1 - 6 x 2 / (5 x 24).
    assert found["FID and precision"].to_dict() == pytest.approx({"all models": -0.9, "the GANs": -1})
