from __future__ import annotations

import pandas as pd

from benchmark.analysis.report.findings import counts, findings
from benchmark.analysis.trials import checked


def test_every_planned_trial_is_counted() -> None:
    table = pd.DataFrame({"status": ["ok"] * 1200 + ["diverged"] * 3 + ["pending"]})
    assert counts(table) == "1,204 trials planned = 1,200 ok + 3 diverged + 0 failed + 1 pending"


def seeds(**scores: list[float]) -> pd.DataFrame:
    rows = [
        {"loss": loss, "dataset": "mnist", "status": "ok", "score": "fid_classifier", "sample": 0, "seed": i, "best": value}
        for loss, values in scores.items()
        for i, value in enumerate(values)
    ]
    return checked(pd.DataFrame(rows))


def test_the_findings_by_hand() -> None:
    (text,) = findings(seeds(lsgan=[1.0, 2.0, 3.0], wgan=[101.0, 102.0, 103.0], vae=[1.5, 2.5, 3.5]), margin=20)
    # t(0.975, 2) = 4.303, standard error 1 / sqrt(3): 2 - 2.48 to 2 + 2.48
    assert "lowest mean is that of LS GAN: 2.00 (95% interval -0.48 to 4.48, n = 3 seeds)" in text
    assert "2 of 3 pairs of losses differ" in text and "different from LS GAN: VAE." in text
    assert "2 pairs differ by more than it, 1 are equivalent within it, 0 are undecided" in text
    assert "n as low as 3" in text


def test_findings_of_little_say_so() -> None:
    assert "n = 1: without a second trial" in findings(seeds(lsgan=[1.0], wgan=[2.0]))[0]
    assert "only loss" in findings(seeds(lsgan=[1.0, 2.0]))[0]
    assert "No trial ended with a score" in findings(seeds(lsgan=[1.0]).assign(status="diverged"))[0]
    assert "With one trial (n = 1) VAE" in findings(seeds(lsgan=[1.0, 2], wgan=[4.0, 5], vae=[3.0]))[0]
