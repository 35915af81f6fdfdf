from __future__ import annotations

import numpy as np
import pandas as pd

from benchmark.analysis.tables.decisions import decisions
from benchmark.analysis.trials import checked


def seeds(scores: dict[str, list[float]]) -> pd.DataFrame:
    """A setting of each loss under seeds with these scores."""
    rows = [
        {"loss": loss, "sample": 0, "seed": seed, "best": score, "last": score}
        for loss, of_loss in scores.items()
        for seed, score in enumerate(of_loss)
    ]
    table = pd.DataFrame(rows).assign(dataset="mnist", status="ok", variant="paper", steps=1000, score="fid_layers")
    return checked(table.assign(id=table.index.astype(str)))


def test_pairs_differ_are_equivalent_or_undecided_at_a_share_of_the_median_mean() -> None:
    near, noise = np.array([-0.1, 0.0, 0.1, 0.0, 0.0, 0.0]), np.array([-8.0, 8.0, -4.0, 4.0, -1.0, 1.0])
    found = decisions(
        seeds({"mmgan": list(100 + near), "nsgan": list(101 + near), "lsgan": list(50 + near), "wgan": list(105 + noise)}), 0.1
    ).set_index("outcome")
    assert set(found["margin"]) == {10.05} and set(found["dataset"]) == {
        "MNIST"
    }  # means 50, 100, 101, 105: the median is 100.5
    assert found.loc["differ by more than the margin", "pairs"] == "3 of 6"
    assert found.loc["equivalent within the margin", ["pairs", "which"]].tolist() == ["1 of 6", "MM GAN and NS GAN"]
    undecided = found.loc["undecided"]
    assert undecided["pairs"] == "2 of 6" and undecided["which"] == "MM GAN and WGAN; NS GAN and WGAN"
    assert int(undecided["more_trials"]) > 0 and found.loc["equivalent within the margin", "more_trials"] == "-"


def test_a_single_loss_has_no_pairs() -> None:
    assert decisions(seeds({"mmgan": [1.0, 2.0]})).empty
