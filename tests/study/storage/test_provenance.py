"""Provenance: what made a table, and what may not stand in one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from support.tiny_study import finished, result, trials

from benchmark.study.storage.provenance import provenance
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION, Trial


def made(store: Store, planned: list[Trial], *endings: dict[str, object]) -> pd.DataFrame:
    by_id = {t.id: dict(e) for t, e in zip(planned, endings, strict=True)}
    finished(planned, store, lambda t: result(str(by_id[t.id].pop("status", "ok")), name=t.score, **by_id[t.id]))
    return table(planned, store)


def test_a_table_s_provenance_says_what_made_it(store: Store) -> None:
    planned = trials(4)
    finished(planned[:3], store, lambda t: result(["ok", "ok", "diverged"][t.seed]))
    study = Study(name="tiny", description="Tiny.")
    ended = [store.result(t) for t in planned[:3]]
    computed = [
        {"population": 4, "threads": 1},
        {"population": 4, "threads": 1, "graphs": True},
        {"population": 1, "threads": 1},
    ]
    results = [replace(r, environment=e) for r, e in zip(ended, computed, strict=True) if r is not None]
    said = provenance(study, table(planned, store), results)
    assert (said["study"], said["study_hash"], said["result_version"]) == ("tiny", study.hash, RESULT_VERSION)
    assert said["planned"] == 4 == said["ok"] + said["diverged"] + said["pending"]
    assert said["trial_hours"] == pytest.approx(3 * 1.5 / 3600, abs=1e-3)
    for column, value in (("torch", "2.11.0+cpu"), ("device_name", "a processor"), ("precision", "float32"), ("commit", "abc")):
        assert value in said[column]
    assert said["population"] == {"4": 2, "1": 1} and said["threads"] == {"1": 3} and said["graphs"] == {"True": 1}
    assert {"benchmark", "python", "pandas", "commit", "dirty"} <= said["collected_with"].keys()


def test_doubts_about_the_score_are_beside_the_description(store: Store) -> None:
    planned = trials(2)
    weak = {"real_images": 103, "extractor_features": 184, "extractor_accuracy": 0.54, "extractor_chance": 0.5}
    finished(planned, store, lambda t: result(environment=weak))
    rows = table(planned, store)
    assert rows[list(weak)].to_dict("records") == [weak, weak]
    said = provenance(Study(name="tiny"), rows)
    assert len(said["doubts"]) == 2 and "54%" in said["doubts"][0] and "184" in said["doubts"][1]
    assert said["extractor_accuracy"] == {"0.54": 2}
    finished(planned, store, lambda t: result())
    assert "doubts" not in provenance(Study(name="tiny"), table(planned, store))
