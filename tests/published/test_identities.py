"""Every published study still plans the trials that its table has, under the hash that its provenance says.

It mirrors no module.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.published import hashes
from benchmark.study.storage.records.transfer import read_records
from benchmark.study.storage.store import Store

RESULTS = Path(__file__).parents[2] / "results"
PUBLISHED = sorted(path.parent for kind in ("studies", "unfinished") for path in (RESULTS / kind).glob("*/trials.csv"))


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_a_published_study_plans_the_trials_of_its_table(folder: Path, tmp_path: Path) -> None:
    study, store = find_study(folder.name), Store(tmp_path)
    if study.source is not None:
        for record in read_records(RESULTS / "studies" / study.source.study)[0]:
            path = store.result_file(record.trial, record.result.status)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(vars(record.result)))
    published = pd.read_csv(folder / "trials.csv")
    assert [trial.id for trial in make_plan(study, store, lambda line: None).trials] == published["id"].tolist()
    records, other_version = read_records(folder)  # of which each was read as the trial that its id says
    assert {record.trial.id for record in records} <= {*published["id"]} and records and not other_version
    assert json.loads((folder / "provenance.json").read_text())["study_hash"] in hashes(study)
