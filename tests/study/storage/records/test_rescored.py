"""Later scores: whole or absent, of the generator that is kept now, and in a table of trials as every other."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from support.tiny_study import finished, result, trials

from benchmark.analysis.trials import checked
from benchmark.columns import BY_NAME, column, require_comparable
from benchmark.study.storage.records.rescored import (
    Rescored,
    Scoring,
    kept_evaluation,
    read_rescored,
    rescored_file,
    rescored_row,
    rescored_table,
    write_rescored,
)
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial

KID = Scoring(name="kid_pixels", images=64, fingerprint="1")
ENVIRONMENT = {"torch": "2.12.0", "device_name": "another processor", "commit": "def", "dirty": False}
SCORES = {"kid_pixels": 0.25, "kid_std_pixels": 0.5}


def rescored(trial: Trial, ended: Result, **changes: object) -> Rescored:
    fields = {"scoring": KID, "scores": SCORES, "environment": ENVIRONMENT, "seconds": 1.0, **changes}
    return Rescored(evaluation=kept_evaluation(trial, ended), **fields)  # type: ignore[arg-type]


def test_a_score_is_read_as_it_was_written(store: Store) -> None:
    (trial,), ended = trials(1), result()
    assert read_rescored(store, trial, ended, KID) is None
    write_rescored(store, trial, rescored(trial, ended))
    assert read_rescored(store, trial, ended, KID) == rescored(trial, ended)
    assert rescored_file(store, trial, KID).parent == store.folder(trial)


@pytest.mark.parametrize("other", [{"name": "kid_other"}, {"images": 65}, {"fingerprint": "2"}])
def test_another_score_number_of_images_or_extractor_is_another_file(store: Store, other: dict[str, object]) -> None:
    (trial,), ended = trials(1), result()
    write_rescored(store, trial, rescored(trial, ended))
    assert read_rescored(store, trial, ended, replace(KID, **other)) is None  # type: ignore[arg-type]


def test_a_fingerprint_of_any_text_is_part_of_a_file_name(store: Store) -> None:
    path = rescored_file(store, trials(1)[0], replace(KID, fingerprint="weights/v1: a b"))
    assert path.name == "kid_pixels-64-weights_v1__a_b.json"


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"scoring": 1}'])
def test_a_damaged_file_is_no_score(store: Store, damage: str) -> None:
    (trial,), ended = trials(1), result()
    write_rescored(store, trial, rescored(trial, ended))
    rescored_file(store, trial, KID).write_text(damage)
    assert read_rescored(store, trial, ended, KID) is None


@pytest.mark.parametrize(
    "change",
    [
        {"scores": "0.25"},
        {"scores": {"kid_pixels": "0.25"}},
        {"scores": {"kid_pixels": math.inf}},
        {"environment": None},
        {"environment": {"torch": "2.12.0"}},
        {"environment": {**ENVIRONMENT, "commit": "\ud800"}},
        {"evaluation": []},
        {"seconds": None},
        {"more": 1},
    ],
)
def test_a_field_that_cannot_be_makes_it_no_score(store: Store, change: dict[str, object]) -> None:
    (trial,), ended = trials(1), result()
    write_rescored(store, trial, rescored(trial, ended))
    path = rescored_file(store, trial, KID)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert read_rescored(store, trial, ended, KID) is None


def test_a_file_of_another_trial_is_no_score(store: Store) -> None:
    (a, b), ended = trials(2), result()
    write_rescored(store, a, rescored(a, ended))
    store.folder(b).mkdir(parents=True)
    rescored_file(store, a, KID).rename(rescored_file(store, b, KID))
    assert read_rescored(store, b, ended, KID) is None


def test_the_score_of_a_generator_that_a_later_training_replaced_does_not_count(store: Store) -> None:
    # Its result was lost, and another machine's arithmetic gave another best evaluation.
    (trial,) = trials(1)
    write_rescored(store, trial, rescored(trial, result(best=4.0)))
    assert read_rescored(store, trial, result(best=4.0), KID) is not None
    assert read_rescored(store, trial, result(best=4.000001), KID) is None


def test_the_row_has_the_new_score_and_nothing_of_other_evaluations() -> None:
    (trial,), ended = trials(1), result(best=4.0, last=5.0, validation=(3.0, 2.0))
    values = rescored_row(trial, ended, KID, rescored(trial, ended))
    assert (values["status"], values["score"], values["best"]) == ("ok", "kid_pixels", 0.25)
    assert (values["images"], values["extractor_fingerprint"]) == (64, "1")
    assert [values[c] for c in ("last", "selected", "validation", "validation_last")] == [None] * 4
    assert values["best_step"] == 6  # of the lowest score of the study, whose generator is kept
    assert values["chosen_by"] == "fid_pixels" and values["fid_pixels"] == 4.0
    assert values["kid_std_pixels"] == 0.5 and "kid_pixels" not in values
    assert (values["torch"], values["rescored_with"]) == ("2.11.0+cpu", "torch 2.12.0, another processor, commit def")
    changed = rescored(trial, ended, environment=ENVIRONMENT | {"dirty": True})
    assert rescored_row(trial, ended, KID, changed)["rescored_with"].endswith("commit def with changes")


def test_the_study_s_scores_stand_beside_it_only_if_they_are_of_the_same_images() -> None:
    # The study's own further scores are of 64 images; `precision` is a column of another meaning.
    (trial,), ended = trials(1), result(best=4.0)
    rows = [row | {"kid_pixels": 0.5, "precision": 0.75} for row in ended.scores]
    ended = replace(ended, scores=rows, score_names=["fid_pixels", "kid_pixels", "precision"])
    values = rescored_row(trial, ended, KID, rescored(trial, ended))
    assert values["precision_score"] == 0.75 and values["precision"] == "float32" and "kid_pixels" not in values
    more = replace(KID, images=128)
    values = rescored_row(trial, ended, more, rescored(trial, ended, scoring=more))
    assert values["images"] == 128 and values["best"] == 0.25
    assert not {"fid_pixels", "kid_pixels", "precision_score"} & set(values)


def test_the_study_s_own_score_of_other_images_is_not_taken_for_the_new_one() -> None:
    (trial,), ended = trials(1), result(best=4.0)
    for images in (64, 128):
        own = Scoring(name="fid_pixels", images=images, fingerprint="0")
        scores = {"fid_pixels": 3.0, "fid_pixels_validation": 3.5}
        values = rescored_row(trial, ended, own, rescored(trial, ended, scoring=own, scores=scores))
        assert values["best"] == 3.0 and values["validation"] is None
        assert not {"fid_pixels", "fid_pixels_validation"} & set(values)


def test_every_trial_stays_in_the_table_counted_as_what_it_is(store: Store) -> None:
    planned = trials(5)
    endings = [result(best=4.0), result("diverged"), result("failed", reason="Traceback\nValueError: broken"), None, result()]
    by_id = {t.id: e for t, e in zip(planned, endings, strict=True)}
    finished(planned, store, lambda t: by_id[t.id])
    write_rescored(store, planned[0], rescored(planned[0], result(best=4.0)))
    unscored = {planned[4].id: "no kept generator"}
    made = rescored_table(planned, store, {t.id: KID for t in planned}, unscored)
    assert made["id"].tolist() == [t.id for t in planned]
    assert made["status"].tolist() == ["ok", "diverged", "failed", "pending", "pending"]
    assert made["best"].tolist()[:2] == [0.25, math.inf] and made["best"].isna().tolist() == [False, False, True, True, True]
    assert made["reason"].isna()[3]
    assert made["reason"].tolist()[2::2] == ["ValueError: broken", "no kept generator"]
    assert made["last"].isna().all() and set(made["score"]) == {"kid_pixels"}
    require_comparable(made)
    assert checked(made)["status"].tolist() == made["status"].tolist()


def test_a_trial_that_nobody_scored_yet_says_so(store: Store) -> None:
    planned = trials(1)
    finished(planned, store, lambda t: result())
    made = rescored_table(planned, store, {planned[0].id: KID}, {})
    assert (made["status"][0], made["reason"][0]) == ("pending", "not scored yet")


def test_every_value_has_a_declared_column_or_is_a_further_score() -> None:
    (trial,), ended = trials(1), result()
    values = rescored_row(trial, ended, KID, rescored(trial, ended))
    others = {name for name in values if name not in BY_NAME and not name.startswith("h_")}
    assert others == {"fid_pixels", "kid_std_pixels"}
    assert column("chosen_by").agrees == "everywhere" and "counts" in column("rescored_with").shown
