"""What the evaluations of a run come to."""

from __future__ import annotations

from benchmark.evaluations import best_is_last, best_score, summary_of


def test_the_selected_score_is_the_test_score_at_the_lowest_validation_score() -> None:
    scores = [
        {"step": 4.0, "fid_x": 9.0, "fid_x_validation": 7.0},
        {"step": 8.0, "fid_x": 5.0, "fid_x_validation": 8.0},
        {"step": 12.0, "fid_x": 6.0, "fid_x_validation": 6.5},
    ]
    assert summary_of(scores, "fid_x") == {
        "best": 5.0,
        "best_step": 8,
        "last": 6.0,
        "selected": 6.0,
        "validation": 6.5,
        "validation_last": 6.5,
    }
    assert best_score(scores, "fid_x") == scores[1] and not best_is_last(scores, "fid_x") and best_is_last(scores[:2], "fid_x")
    assert best_score([], "fid_x") is None and not best_is_last([], "fid_x")


def test_without_a_validation_split_nothing_is_selected() -> None:
    assert summary_of([{"step": 4.0, "fid_x": 9.0}], "fid_x") == {"best": 9.0, "best_step": 4, "last": 9.0}
