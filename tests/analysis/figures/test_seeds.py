from __future__ import annotations

from support.figure_words import words
from support.synthetic_trials import study

from benchmark.analysis.figures.seeds import seeds_figure
from benchmark.analysis.trials import checked


def test_the_papers_numbers_are_drawn_only_beside_the_same_measurement() -> None:
    paper = {"score": "fid_inception", "budget": "paper", "steps": 15_625, "width": 1.0}
    same = seeds_figure(checked(study(1, 5, datasets=("mnist",), diverged=0, failed=0, **paper)))
    assert len(same.axes[0].containers) == 8 and "the paper's mean" in words(same) and "as remembered" in words(same)
    other = seeds_figure(checked(study(1, 5, datasets=("mnist",), diverged=0, failed=0)))
    assert len(other.axes[0].containers) == 0
    assert "no numbers of the paper: score fid_classifier, not fid_inception; steps 1000, not 15625" in words(other)
