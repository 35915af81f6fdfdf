"""Provenance: what made a table, and what may not stand in one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from support.tiny_study import finished, result, trials

from benchmark.plugins import UserError
from benchmark.study.storage.provenance import provenance, require_comparable
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION, Trial
from benchmark.training.budget import changed


def made(store: Store, planned: list[Trial], *endings: dict[str, object]) -> pd.DataFrame:
    by_id = {t.id: dict(e) for t, e in zip(planned, endings, strict=True)}
    finished(planned, store, lambda t: result(str(by_id[t.id].pop("status", "ok")), name=t.score, **by_id[t.id]))
    return table(planned, store)


def torch_of(version: str) -> dict[str, object]:
    return {"environment": {"torch": version, "device": "cpu", "device_name": "a processor", "commit": "abc", "dirty": False}}


def test_alike_trials_stand_in_one_table(store: Store) -> None:
    rows = made(store, trials(3), torch_of("2.11.0+cpu"), torch_of("2.11.0+cu128"), {"status": "diverged"})
    require_comparable(rows)


A, B = trials(2)


@pytest.mark.parametrize(
    ("other", "ending", "column", "values"),
    [
        (B, {"fingerprints": {"fid_pixels": "1"}}, "extractor_fingerprint", "0 (1 trials), 1 (1 trials)"),
        (B, torch_of("2.12.0"), "torch", "2.11.0 (1 trials), 2.12.0 (1 trials)"),
        (replace(B, metrics=("fid_other",)), {}, "score", "fid_pixels (1 trials), fid_other (1 trials)"),
        (replace(B, precision="tf32"), {}, "dtype", "float32 (1 trials), tf32 (1 trials)"),
        (replace(B, budget=changed(B.budget, steps=24)), {}, "budget", "tiny (1 trials), custom (1 trials)"),
        (replace(B, budget=replace(B.budget, batch=16)), {}, "batch", "8 (1 trials), 16 (1 trials)"),
        (replace(B, budget=replace(B.budget, width=0.5)), {}, "width", "0.0625 (1 trials), 0.5 (1 trials)"),
        (replace(B, budget=replace(B.budget, images=65)), {}, "images", "64 (1 trials), 65 (1 trials)"),
    ],
)
def test_what_differs_is_refused_and_named(
    store: Store, other: Trial, ending: dict[str, object], column: str, values: str
) -> None:
    rows = made(store, [A, other], {}, ending)
    with pytest.raises(UserError) as raised:
        require_comparable(rows)
    message = str(raised.value)
    assert f"different {column} " in message and len(message.splitlines()) == 2
    assert all(value in message for value in values.split(", "))


def test_other_result_versions_are_refused(store: Store) -> None:
    rows = made(store, [A, B], {}, {})
    rows["result_version"] = [RESULT_VERSION, RESULT_VERSION - 1]
    with pytest.raises(UserError, match="different result_version"):
        require_comparable(rows)


def test_versions_of_torch_are_mixed_on_request_alone(store: Store) -> None:
    rows = made(store, [A, B], {}, torch_of("2.12.0"))
    with pytest.raises(UserError, match="--any-torch"):
        require_comparable(rows)
    require_comparable(rows, any_torch=True)


def test_data_sets_may_have_budgets_of_their_own(store: Store) -> None:
    elsewhere = replace(B, dataset="other", budget=replace(B.budget, steps=24))
    require_comparable(made(store, [A, elsewhere], {}, {"fingerprints": {"fid_pixels": "1"}}))


def test_trials_without_scores_do_not_matter(store: Store) -> None:
    planned = [A, replace(B, precision="tf32"), replace(B, precision="bfloat16")]
    finished(planned[:1], store, lambda t: result())
    finished(planned[1:2], store, lambda t: result("failed", environment={}, fingerprints={}))
    require_comparable(table(planned, store))
    require_comparable(table(planned[2:], store))  # nothing has ended
    require_comparable(table(planned[1:], store))  # nothing has ended well
    finished(planned[1:2], store, lambda t: result("failed"))
    require_comparable(table(planned[1:2], store))


def test_a_table_s_provenance_says_what_made_it(store: Store) -> None:
    planned = trials(4)
    finished(planned[:3], store, lambda t: result(["ok", "ok", "diverged"][t.seed]))
    study = Study(name="tiny", description="Tiny.")
    said = provenance(study, table(planned, store))
    assert (said["study"], said["study_hash"], said["result_version"]) == ("tiny", study.hash, RESULT_VERSION)
    assert said["planned"] == 4 == said["ok"] + said["diverged"] + said["pending"]
    assert said["trial_hours"] == pytest.approx(3 * 1.5 / 3600, abs=1e-3)
    for column, value in (("torch", "2.11.0+cpu"), ("device_name", "a processor"), ("dtype", "float32"), ("commit", "abc")):
        assert value in said[column]
    assert {"benchmark", "python", "pandas", "commit", "dirty"} <= said["collected_with"].keys()
