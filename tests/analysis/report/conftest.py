"""A study with pictures and the page of its report, which tests of the page and of its behaviour share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.synthetic_trials import study

from benchmark.analysis.report import report_html
from benchmark.analysis.trials import checked


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of trials on two data sets, and a picture of each trial that ended ok."""
    folder = tmp_path_factory.mktemp("study")
    table = study(120, 4, losses=("lsgan", "wgan", "vae", "hinge@abc"), datasets=("mnist", "fashion-mnist"), diverged=0.1)
    ok = table["status"] == "ok"
    table.loc[ok, "picture"] = [f"samples/{id}.png" for id in table.loc[ok, "id"]]
    (folder / "samples").mkdir()
    for i, name in enumerate(table.loc[ok, "picture"]):
        Image.fromarray(np.full((9, 9), i % 256, np.uint8)).save(folder / name)
    table.to_csv(folder / "trials.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def page(folder: Path, small_forests: None) -> Path:
    table = checked(pd.read_csv(folder / "trials.csv", dtype={"id": str}))
    (folder / "report.html").write_text(report_html(table, folder), encoding="utf-8")
    return folder / "report.html"
