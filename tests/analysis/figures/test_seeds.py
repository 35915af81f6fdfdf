from __future__ import annotations

import pandas as pd
from support.figure_words import words
from support.synthetic_trials import LIKE_THE_PAPER, study

from benchmark.analysis.figures.seeds import seeds_figure
from benchmark.analysis.trials import checked


def test_the_papers_numbers_are_drawn_only_beside_the_same_measurement() -> None:
    same = study(1, 5, datasets=("mnist",), diverged=0, failed=0, **LIKE_THE_PAPER)
    figure = seeds_figure(checked(same))
    assert len(figure.axes[0].containers) == 8 and "the paper's mean" in words(figure) and "from memory" in words(figure)
    other = seeds_figure(checked(study(1, 5, datasets=("mnist",), diverged=0, failed=0)))
    assert len(other.axes[0].containers) == 0
    said = " ".join(words(other).split())
    assert "no numbers of the paper: score fid_classifier, not fid_inception; variant paper, not v1;" in said
    # Beside a variant of ours they stand at the trials of the paper's code alone.
    both = pd.concat([same, same.assign(variant="paper", id=same["id"] + "p")])
    assert len(seeds_figure(checked(both)).axes[0].containers) == 8
