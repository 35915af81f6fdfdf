"""Figures look the same whatever the user's settings of matplotlib are."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

import benchmark.analysis.figures
from benchmark.analysis.figures.own_style import own_style

pytestmark = pytest.mark.slow

HOSTILE = """
text.usetex: True
font.size: 25
savefig.bbox: tight
savefig.facecolor: red
axes.facecolor: blue
lines.linewidth: 9
svg.fonttype: none
"""
DRAWS = """
import sys
from pathlib import Path
from support.synthetic_trials import study
from benchmark.analysis.figures.all_figures import write_figures
from benchmark.analysis.trials import checked
write_figures(checked(study(4, 2, losses=("lsgan", "wgan"))), Path(sys.argv[1]), formats=("png",))
print("matplotlib.pyplot" in sys.modules)
"""
LOADS = """
from benchmark.plugins import UserError
try:
    import benchmark.analysis.figures
except UserError as error:
    print(error)
"""
PUBLIC = [
    (name, function)
    for module in pkgutil.walk_packages(benchmark.analysis.figures.__path__, "benchmark.analysis.figures.")
    for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
    if function.__module__ == module.name and not name.startswith("_")
]
DRAWING = {name: function for name, function in PUBLIC if {Figure, Figure | None} & {*get_type_hints(function).values()}}


def drawn(folder: Path, **environment: str) -> dict[str, np.ndarray]:
    """The pixels of every figure, drawn by a process in this environment."""
    paths = [str(Path(__file__).parents[n]) for n in (3, 2)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment}
    command = [sys.executable, "-c", DRAWS, str(folder)]
    ended = subprocess.run(command, env=environment, cwd=folder.parent, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["False"]
    return {path.stem: imread(path) for path in sorted(folder.iterdir())}


def test_no_setting_of_the_users_changes_a_pixel(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "matplotlibrc").write_text(HOSTILE)
    usual = drawn(tmp_path / "ours")
    others = drawn(tmp_path / "figures", MATPLOTLIBRC=str(tmp_path / "theirs"), MPLBACKEND="nonsense")
    assert len(usual) > 3 and usual.keys() == others.keys()
    for name, pixels in usual.items():
        assert np.array_equal(pixels, others[name]), name


@pytest.mark.parametrize("name", sorted(DRAWING))
def test_whatever_draws_does_so_in_our_style(name: str) -> None:
    if name in ("head", "keep_texts", "label_x", "label_y", "panels"):  # called by what draws
        return
    assert hasattr(DRAWING[name], "__wrapped__"), f"{name} lacks @own_style()"


def test_the_users_settings_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 25.0)
    before = dict(dict.items(matplotlib.rcParams))
    with pytest.raises(ValueError), own_style():
        assert matplotlib.rcParams["font.size"] == 10.0
        matplotlib.rcParams["lines.linewidth"] = 7.0
        raise ValueError
    assert dict(dict.items(matplotlib.rcParams)) == before


def test_a_matplotlibrc_that_cannot_be_read_is_an_error_of_two_lines(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"font.size: 10\n# \xff\xfe\n")
    command = [sys.executable, "-c", LOADS]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    said = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True).stdout
    assert "matplotlibrc" in said and len(said.splitlines()) == 2
