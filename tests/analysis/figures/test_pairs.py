from __future__ import annotations

import pandas as pd
from support.synthetic_trials import study

from benchmark.analysis.figures.pairs import improvement_matrix
from benchmark.analysis.trials import checked


def test_the_improvement_matrix_shows_the_numbers() -> None:
    rows = [("lsgan", 1.0), ("lsgan", 2.0), ("wgan", 2.0), ("wgan", 3.0)]
    table = pd.DataFrame(
        [
            {"loss": loss, "best": best, "dataset": "mnist", "status": "ok", "score": "fid", "sample": 0, "seed": i}
            for i, (loss, best) in enumerate(rows)
        ]
    )
    figure = improvement_matrix(checked(table))
    assert figure is not None
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts[0] == "0.88" and texts[2] == "0.12"  # (1 + 1 + 1/2 + 1) / 4 and the rest


def test_a_single_loss_has_no_pairs() -> None:
    assert improvement_matrix(checked(study(1, 5, losses=("lsgan",)))) is None
