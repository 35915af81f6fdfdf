"""What a study's trials run with."""

from __future__ import annotations

from pathlib import Path

import torch
from support.own_files import STRIPES

from benchmark.metrics import Generated
from benchmark.study.planning.resolution import resolve
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.study import Study


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
