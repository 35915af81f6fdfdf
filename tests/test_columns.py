"""The columns of the table of trials: each is declared once, and what is made, read, compared and shown follows that."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.synthetic_trials import study
from support.tiny_study import finished, result, trials

from benchmark.columns import BY_NAME, COLUMNS, STATUSES, column, require_comparable, shown_in
from benchmark.plugins import UserError
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names, row, table
from benchmark.study.trial import RESULT_VERSION, Trial
from benchmark.table_file import read_table
from benchmark.training.budget import changed

NAMES = Names({"lsgan": "LS GAN"}, {"noise": "Noise"})
FITS: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: type(value) is str,
    "whole number": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "yes or no": lambda value: type(value) is bool,
}
SCORES = [{"step": step, "fid_pixels": 3.0, "fid_pixels_validation": 2.0, "f1": 0.5, "precision": 0.7} for step in (6.0, 12.0)]
ENVIRONMENT = {
    "torch": "2.11.0",
    "device": "cpu",
    "device_name": "a processor",
    "compiled": True,
    "commit": "abc",
    "dirty": False,
    "extractor_features": 184,
    "extractor_accuracy": 0.9,
    "extractor_chance": 0.5,
}
ENDINGS: dict[str, Result | None] = {
    "ok": replace(result(environment=ENVIRONMENT), scores=SCORES, score_names=[n for n in SCORES[0] if n != "step"]),
    "diverged": result("diverged", environment=ENVIRONMENT, reason="NaN"),
    "failed": result("failed", environment=ENVIRONMENT, reason="Traceback\nValueError: broken"),
    "pending": None,
}
A, B = trials(2)


@pytest.mark.parametrize("status", STATUSES)
def test_every_value_of_a_row_has_a_declared_column_and_its_type(status: str) -> None:
    values = row(A, ENDINGS[status], NAMES)
    assert values["status"] == status
    assert {name for name in values if name not in BY_NAME} == {f"h_{name}" for name in A.setting} | (
        {"f1", "precision_score"} if status == "ok" else set()
    )
    for name, value in values.items():
        if name.startswith("h_"):  # a choice may be of yes and no
            assert FITS["number"](value) or FITS["yes or no"](value), name
        else:
            assert value is None or FITS[column(name).type](value), name


def test_a_whole_row_fills_every_declared_column_in_their_order() -> None:
    made = [name for name in row(A, ENDINGS["ok"], NAMES) if name in BY_NAME]
    made_later = ("name", "picture", "chosen_by", "rescored_with")  # on reading, publishing and rescoring
    assert made == [c.name for c in COLUMNS if c.name not in made_later]


def test_every_column_is_declared_once_with_its_meaning_in_a_sentence() -> None:
    assert len(BY_NAME) == len(COLUMNS)
    assert all(c.meaning[0].isupper() and c.meaning.endswith(".") for c in COLUMNS)


def test_hyperparameters_and_further_scores_have_columns_by_rule() -> None:
    assert column("steps").type == "whole number"
    for name in ("h_clip", "f1", "kid_classifier", "precision_score"):
        assert (column(name).type, column(name).agrees, column(name).shown) == ("number", "never", ("trials",))
    assert column("precision_at_0.5").shown == ()  # one of many points of a curve


def test_a_score_called_as_a_column_is_does_not_take_its_place() -> None:
    values = row(A, ENDINGS["ok"])
    assert (values["precision"], values["precision_score"]) == ("float32", 0.7)


def test_text_that_looks_like_a_number_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text("id,commit,torch,loss,steps,study_hash\n0012,1e10,2.10,7,5,\n")
    read = read_table(tmp_path / "trials.csv")
    assert read.loc[1, ["id", "commit", "torch", "loss"]].tolist() == ["0012", "1e10", "2.10", "7"]
    assert read["steps"].tolist() == [5] and read["study_hash"].isna().all()


def test_what_a_reader_is_shown_is_in_the_declared_order_then_scores_then_hyperparameters() -> None:
    made = table([A], Store(Path("nowhere"))).assign(h_lambda=1.0, f1=0.5, name="LS GAN")
    assert shown_in("trials", made)[:6] == ["id", "name", "dataset", "sample", "seed", "status"]
    assert [c for c in shown_in("trials", made) if c not in BY_NAME] == ["f1", *(c for c in made if c.startswith("h_"))]
    assert {"loss", "budget", "score", "precision"} <= set(shown_in("provenance", made))
    assert not {"id", "best", "reason", "h_lambda", "f1"} & set(shown_in("provenance", made))


def made(store: Store, planned: list[Trial], *endings: dict[str, Any]) -> pd.DataFrame:
    by_id = {t.id: dict(e) for t, e in zip(planned, endings, strict=True)}
    finished(planned, store, lambda t: result(str(by_id[t.id].pop("status", "ok")), name=t.score, **by_id[t.id]))
    return table(planned, store)


def torch_of(version: str) -> dict[str, object]:
    return {"environment": ENVIRONMENT | {"torch": version}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_alike_trials_stand_in_one_table(store: Store) -> None:
    require_comparable(made(store, trials(3), torch_of("2.11.0+cpu"), torch_of("2.11.0+cu128"), {"status": "diverged"}))


@pytest.mark.parametrize(
    ("other", "ending", "column", "values"),
    [
        (B, {"fingerprints": {"fid_pixels": "1"}}, "extractor_fingerprint", "0 (1 trial), 1 (1 trial)"),
        (B, torch_of("2.12.0"), "torch", "2.11.0 (1 trial), 2.12.0 (1 trial)"),
        (replace(B, metrics=("fid_other",)), {}, "score", "fid_pixels (1 trial), fid_other (1 trial)"),
        (replace(B, precision="tf32"), {}, "precision", "float32 (1 trial), tf32 (1 trial)"),
        (replace(B, batch_norm="recalibrated"), {}, "batch_norm", "averages (1 trial), recalibrated (1 trial)"),
        (replace(B, validation=False), {}, "validation_split", "True (1 trial), False (1 trial)"),
        (replace(B, budget=changed(B.budget, steps=24)), {}, "budget", "tiny (1 trial), custom (1 trial)"),
        (replace(B, budget=replace(B.budget, steps=24)), {}, "steps", "12 (1 trial), 24 (1 trial)"),
        (replace(B, budget=replace(B.budget, batch=16)), {}, "batch", "8 (1 trial), 16 (1 trial)"),
        (replace(B, budget=replace(B.budget, width=0.5)), {}, "width", "0.0625 (1 trial), 0.5 (1 trial)"),
        (replace(B, budget=replace(B.budget, images=65)), {}, "images", "64 (1 trial), 65 (1 trial)"),
    ],
)
def test_what_differs_is_refused_and_named(
    store: Store, other: Trial, ending: dict[str, object], column: str, values: str
) -> None:
    with pytest.raises(UserError) as raised:
        require_comparable(made(store, [A, other], {}, ending))
    message = str(raised.value)
    assert f"different {column} cannot be compared" in message and message.splitlines()[0].endswith(f": {values}.")
    assert len(message.splitlines()) == 2


@pytest.mark.parametrize("column", ["score", "precision", "result_version"])
def test_some_columns_agree_on_all_data_sets(column: str) -> None:
    rows = study(2, 1, losses=("vae",), datasets=("mnist", "cifar10")).assign(
        precision="float32", result_version=RESULT_VERSION
    )
    require_comparable(rows)
    other = {"score": "fid_inception", "precision": "tf32", "result_version": RESULT_VERSION - 1}[column]
    rows.loc[rows["dataset"] == "mnist", column] = other
    with pytest.raises(UserError, match=f"different {column} cannot be compared in one table"):
        require_comparable(rows)


def test_data_sets_may_have_budgets_and_extractors_of_their_own(store: Store) -> None:
    elsewhere = replace(B, dataset="other", budget=replace(B.budget, steps=24))
    require_comparable(made(store, [A, elsewhere], {}, {"fingerprints": {"fid_pixels": "1"}}))


def test_versions_of_torch_are_mixed_on_request_alone(store: Store) -> None:
    rows = made(store, [A, B], {}, torch_of("2.12.0"))
    with pytest.raises(UserError, match="--any-torch"):
        require_comparable(rows)
    require_comparable(rows, any_torch=True)


def test_the_torch_of_a_failed_trial_and_the_extractor_of_a_pending_one_do_not_matter(store: Store) -> None:
    planned = trials(3)
    finished(planned[:2], store, lambda t: result("failed", **torch_of("2.12.0")) if t.seed else result(**torch_of("2.11.0")))
    require_comparable(table(planned, store))
    require_comparable(table(planned[2:], store))  # nothing has ended
    require_comparable(table(planned[1:], store))  # nothing has ended well


def test_a_pending_trial_of_another_budget_is_refused_too(store: Store) -> None:
    finished([A], store, lambda t: result())
    with pytest.raises(UserError, match="different precision"):
        require_comparable(table([A, replace(B, precision="tf32")], store))


def test_scores_and_columns_that_a_table_lacks_do_not_count() -> None:
    rows = study(3, 1, losses=("vae",)).assign(precision_score=np.arange(3) / 3)
    require_comparable(rows.drop(columns=["budget", "torch", "images"]))


def test_a_table_written_and_read_again_is_comparable(store: Store, tmp_path: Path) -> None:
    written = made(store, [A, B], {}, {"status": "failed"}).to_csv(index=False)
    (tmp_path / "trials.csv").write_text(written)
    read = read_table(tmp_path / "trials.csv")
    require_comparable(read)
    assert read.to_csv(index=False) == pd.read_csv(io.StringIO(written)).to_csv(index=False)
