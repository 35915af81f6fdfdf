"""What a study's trials run with."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch
from support.command_line import ganbench
from support.own_files import HINGE, NORMALISATION, PENALTY, STRIPES

from benchmark.metrics import Generated
from benchmark.plugins import UserError
from benchmark.study.planning.fastest import MEASURED
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.resolution import resolve
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.storage.store import Store
from benchmark.study.study import Study

pytestmark = pytest.mark.slow

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
    assert "hinge.py, or a file that it imports, has changed." in out  # by the worker, or the live line too
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


def own_parts(folder: Path, penalty: str = PENALTY, normalisation: str = NORMALISATION) -> Study:
    """A study of a penalty and a normalisation of the user's own."""
    (folder / "penalty.py").write_text(penalty)
    (folder / "normalisation.py").write_text(normalisation)
    return Study(
        name="own",
        losses=("nsgan",),
        penalties=("none", str(folder / "penalty.py")),
        normalisations=(str(folder / "normalisation.py"),),
        datasets=(str(folder / "stripes.py"),),
        extractor="pixels",
    )


def test_a_penalty_and_a_normalisation_of_one_s_own_are_tried_and_a_mistake_names_the_class(own_files: Path) -> None:
    resources = Resources(data=own_files / "data", results=own_files / "results")

    def check(study: Study) -> None:
        plan = make_plan(study, Store(resources.results), lambda line: None)
        StudyContext(resolved=plan.resolved, resources=resources, report=lambda line: None).check(plan.trials)

    check(own_parts(own_files))
    with pytest.raises(UserError, match="Weighted"):
        check(own_parts(own_files, penalty=PENALTY.replace(".mean()", "")))
    with pytest.raises(UserError, match="Half: a step on noise ended in"):
        check(own_parts(own_files, normalisation=NORMALISATION.replace("nn.Threshold(-1.0, -1.0)", "nn.Linear(3, 4)")))


def test_a_penalty_s_file_that_changes_after_the_plan_is_told(own_files: Path) -> None:
    plan = make_plan(own_parts(own_files), Store(own_files / "results"), lambda line: None)
    context = StudyContext(resolved=plan.resolved, resources=Resources(data=own_files / "data"), report=lambda line: None)
    assert not context.newly_changed_files()
    (own_files / "penalty.py").write_text(PENALTY + "# more")
    assert context.newly_changed_files() == [str(own_files / "penalty.py")]
    again = StudyContext(resolved=resolve(plan.study), resources=Resources(data=own_files / "data"), report=lambda line: None)
    with pytest.raises(UserError, match="The run was planned with mine@"):
        again.of(plan.trials[-1])


def test_a_gpu_s_table_that_decides_how_many_train_together_is_named(own_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = dict.fromkeys(MEASURED, "") | {"channels": 1, "side": 28, "width": 0.25, "batch": 64, "population": 7}
    ways |= {"precision": "float32", "mode": "eager", "products": False, "trial_steps_per_second": 9.0, "memory_gb": 1.0}
    path = own_files / "results" / "speed" / "a-gpu.csv"
    path.parent.mkdir(parents=True)
    pd.DataFrame([ways | {"device_name": "A GPU", "draws_share": 0.1}]).to_csv(path, index=False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "A GPU")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (80e9, 80e9))
    said: list[str] = []
    for results, size in ((own_files / "results", 7), (own_files / "others", 10)):
        resolved = resolve(Study(name="own", losses=("lsgan",)))
        context = StudyContext(resolved=resolved, resources=Resources(results=results), report=said.append)
        context.__dict__["device"] = torch.device("cuda")
        context.check([])
        assert context.population == size
    assert len(said) == 1 and str(path) in said[0] and "7" in said[0]
