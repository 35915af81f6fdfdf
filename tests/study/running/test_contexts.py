"""What a study's trials run with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.command_line import ganbench
from support.own_files import HINGE, STRIPES

from benchmark.metrics import Generated
from benchmark.plugins import UserError
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.resolution import resolve
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.storage.store import Store
from benchmark.study.study import Study

STUDY = """
losses = ["hinge.py"]
datasets = ["stripes.py"]
extractor = "pixels"
seeds = 2
budget = { preset = "smoke", steps = 2, batch = 16, evaluations = 1, images = 100 }
"""
# The loss changes its own file while it trains, as its author's editor would.
EDIT = "path = __import__('pathlib').Path(__file__); path.read_text().endswith('# more') or path.open('a').write('# more')"


def test_a_study_s_images_and_metrics_are_those_of_its_validation(own_files: Path) -> None:
    path = own_files / "stripes.py"
    path.write_text(STRIPES.replace("classes = 2", "classes = 2\n    held_out = True"))
    for validation, images in ((True, 300), (False, 600)):
        study = Study(name="own", losses=("lsgan",), datasets=(str(path),), extractor="pixels", validation=validation)
        context = StudyContext(resolved=resolve(study), resources=Resources(data=own_files / "data"))
        (key,) = context.datasets
        train, (metric,) = context.prepared(key)
        assert len(train) == images
        assert len(metric(Generated(torch.from_numpy(train.images[:10]), lambda z: z, "uniform"))) == 1 + validation


def test_a_file_that_changes_during_a_run_is_told_and_its_trials_stay_apart(own_files: Path) -> None:
    (own_files / "mine.toml").write_text(STUDY)
    loss = own_files / "hinge.py"
    words = ("run", own_files / "mine.toml", "--executor", "inline", "--results", own_files / "results")
    loss.write_text(HINGE.replace("return -fake", f"{EDIT}\n        return -fake"))
    code, out, err = ganbench(*words, "--data", own_files / "data")
    assert code == 0, err
    assert "hinge.py, or a file that it imports, has changed. This run goes on" in out  # by the worker, or the live line too
    results = own_files / "results" / "trials"
    (first,) = results.iterdir()
    assert len(list(first.glob("*/*.ok.json"))) == 2
    code, _, err = ganbench(*words, "--data", own_files / "data")
    assert code == 0, err
    assert [len(list(folder.glob("*/*.ok.json"))) for folder in results.iterdir()] == [2, 2]


def test_a_process_that_starts_after_the_change_says_so_by_name(own_files: Path) -> None:
    loss = own_files / "hinge.py"
    loss.write_text(HINGE)
    study = Study(name="own", losses=(str(loss),), datasets=(str(own_files / "stripes.py"),), extractor="pixels")
    resources = Resources(data=own_files / "data", results=own_files / "results")
    plan = make_plan(study, Store(resources.results))
    (planned,) = {key for key, _ in resolve(study).losses}
    earlier = StudyContext(resolved=resolve(study), resources=resources)
    assert earlier.newly_changed_files() == []
    loss.write_text(HINGE + "# more\n")
    assert earlier.newly_changed_files() == [str(loss)]
    assert earlier.newly_changed_files() == []  # told once
    assert earlier.of(plan.trials[0]).loss.key == "hinge"
    context = StudyContext(resolved=resolve(study), resources=resources)
    with pytest.raises(UserError, match=f"planned with {planned}, but its file, or one that it imports, has changed"):
        context.of(plan.trials[0])
