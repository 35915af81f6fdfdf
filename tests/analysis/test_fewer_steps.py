"""A study at fewer steps is the study that would have ended there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from support.tiny_study import finished, result, trials

from benchmark.analysis.fewer_steps import common_steps, read_evaluations, stopped_at
from benchmark.plugins import UserError
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import evaluations, table
from benchmark.study.trial import Trial
from benchmark.table_file import read_table

NAMES = ["fid_pixels", "fid_pixels_validation", "kid_pixels"]


def ended(trial: Trial, steps: int = 3) -> Result:
    """Three evaluations whose best by test is the second and by validation the third, or the first of them."""
    test, validation, kid = [9.0, 5.0, 6.0], [8.0, 7.0, 4.0], [0.3, 0.2, 0.1]
    rows = zip([4.0, 8.0, 12.0][:steps], test, validation, kid, strict=False)
    scores = [{"step": s, **dict(zip(NAMES, (trial.seed + v for v in values), strict=True))} for s, *values in rows]
    whole = result() if steps == 3 else result("diverged", reason="NaN")
    return replace(whole, scores=scores, score_names=NAMES)


@pytest.fixture
def published(tmp_path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four trials: two scored three times, one that diverged after its first evaluation, one pending."""
    planned, store = trials(4), Store(tmp_path / "results")
    finished(planned, store, lambda t: None if t.seed == 3 else ended(t, 1 if t.seed == 2 else 3))
    table(planned, store).to_csv(tmp_path / "trials.csv", index=False)
    evaluations(planned, store).to_csv(tmp_path / "evaluations.csv", index=False)
    found = read_evaluations(tmp_path)
    assert found is not None
    return read_table(tmp_path / "trials.csv"), found


def test_every_evaluation_of_an_ended_trial_has_a_row(published: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    _, found = published
    assert list(found) == ["id", "step", *NAMES] and len(found) == 3 + 3 + 1
    assert found[found["id"] == trials(1)[0].id]["fid_pixels"].tolist() == [9.0, 5.0, 6.0]


def test_the_scores_are_those_of_the_evaluations_until_then(published: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert common_steps(*published) == [4, 8, 12]
    columns = ["best", "best_step", "last", "selected", "validation", "validation_last", "kid_pixels"]
    of_first = {step: stopped_at(*published, step).loc[0, columns].tolist() for step in (4, 8, 12)}
    assert of_first == {4: [9, 4, 9, 9, 8, 8, 0.3], 8: [5, 8, 5, 5, 7, 7, 0.2], 12: [5, 8, 6, 6, 4, 4, 0.2]}


def test_at_its_last_step_a_study_is_as_it_was(published: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    whole = published[0]
    columns = ["steps", "status", "best", "selected"]
    again, before = stopped_at(*published, 12)[columns], whole[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, before, check_dtype=False)


def test_a_run_that_diverges_later_has_a_score_and_one_that_has_not_ended_none(
    published: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    assert stopped_at(*published, 4)["status"].tolist() == ["ok", "ok", "ok", "pending"]
    assert stopped_at(*published, 8)["status"].tolist() == ["ok", "ok", "diverged", "pending"]
    assert stopped_at(*published, 4)["best"].tolist()[:3] == [9, 10, 11]


def test_steps_at_which_not_all_were_scored_are_refused_with_those_at_which_they_were(
    published: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    with pytest.raises(UserError, match=r"after 5 steps.*: 4, 8, 12\."):
        stopped_at(*published, 5)


def test_a_table_published_without_evaluations_has_none_and_other_files_are_refused(tmp_path: Path) -> None:
    assert read_evaluations(tmp_path) is None
    (tmp_path / "evaluations.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="id"):
        read_evaluations(tmp_path)
