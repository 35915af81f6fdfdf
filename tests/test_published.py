"""What is published is what the published trials say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmark.analysis.summary import as_markdown, as_text, summarise
from benchmark.losses import known_losses
from benchmark.study.defaults import QUICK_TABLE

ROOT = Path(__file__).parent.parent
QUICK = ROOT / "results" / "quick"


def test_the_summary_and_the_readme_show_the_numbers_of_the_trials() -> None:
    summary = as_markdown(as_text(summarise(pd.read_csv(QUICK / "trials.csv"))))
    assert (QUICK / "summary.md").read_text() == summary
    assert summary in (ROOT / "README.md").read_text()


def test_the_published_trials_ran_with_the_shipped_hyperparameters_from_a_clean_commit() -> None:
    trials, tuned = pd.read_csv(QUICK / "trials.csv"), pd.read_csv(QUICK_TABLE)
    assert sorted(trials["loss"].unique()) == sorted(known_losses())
    assert not trials["dirty"].any() and not tuned["dirty"].any()
    assert trials["extractor_fingerprint"].unique().tolist() == tuned["extractor_fingerprint"].unique().tolist()
    for loss, of_loss in trials.groupby("loss"):
        samples = tuned[(tuned["loss"] == loss) & (tuned["status"] == "ok")]
        best = samples.loc[samples["best"].idxmin(), "h_learning_rate"]
        assert (of_loss["h_learning_rate"] == best).all()
