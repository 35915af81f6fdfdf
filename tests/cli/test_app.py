"""What all commands share: names and paths of a user's, whatever is in them, and terminals of any encoding."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support.command_line import ganbench
from support.own_files import HINGE, STRIPES
from support.synthetic_trials import study

from benchmark.cli.options import separated
from benchmark.cli.printing import print_table

pytestmark = pytest.mark.slow

LONG = "x" * 300


def test_a_comma_in_the_path_of_a_file_does_not_separate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a, b.py", "c,d,e.py"):
        Path(name).write_text("")
    assert separated("wgan, a, b.py,c,d,e.py ,lsgan") == ["wgan", "a, b.py", "c,d,e.py", "lsgan"]
    assert separated(f"{tmp_path}/a, b.py") == [f"{tmp_path}/a, b.py"]
    assert separated("wgan,none,such.py") == ["wgan", "none", "such.py"] and separated("") == [""]


def test_a_loss_of_a_path_with_a_comma_is_found(own_files: Path) -> None:
    (own_files / "my, own.py").write_text(HINGE)
    options = ("--dataset", own_files / "stripes.py", "--budget", "smoke", "--no-compile", "--workers", 1, "--seeds", 1)
    folders = ("--results", own_files / "results", "--data", own_files / "data")
    code, _, err = ganbench("bench", "--loss", own_files / "my, own.py", *options, *folders)
    assert code == 0, err
    assert (own_files / "results" / "bench" / "hinge-stripes-smoke" / "trials.csv").is_file()


def test_what_looks_like_markup_in_a_name_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pd.DataFrame({"loss": ["a [red]b[/red]", "[/]", ":smile:"], "[bold]n": [1, 2, 3]}), "[red]title")
    out = capsys.readouterr().out
    assert all(text in out for text in ("[red]title", "[bold]n", "a [red]b[/red]", "[/]", ":smile:"))


def test_a_name_in_brackets_is_in_the_verdict(tmp_path: Path) -> None:
    trials = study(4, 3, losses=("lsgan", "hinge@1"), diverged=0, failed=0)
    trials["loss_name"] = trials["loss"].map({"lsgan": "LS GAN", "hinge@1": "[red]hinge[/] $x\\foo$"})
    trials.to_csv(tmp_path / "trials.csv", index=False)
    code, out, err = ganbench("compare", tmp_path, "--loss", "hinge", "--margin", 1)
    assert code == 0 and out.count("[red]hinge[/]") == 2, err
    code, _, err = ganbench("analyse", tmp_path, "--out", tmp_path / "out")
    assert code == 0, err


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "--budget", "smoke", "--loss", "PATH.py"),
        ("bench", "--budget", "smoke", "--dataset", "PATH.py"),
        ("bench", "--budget", "smoke", "--dataset", "PATH/x"),
        ("bench", "--budget", "smoke", "--hyperparameters", "PATH.csv"),
        ("plan", "PATH.toml"),
        ("status", "quick", "--results", "PATH"),
        ("report", "PATH"),
        ("report", "PATH/trials.csv"),
        ("score", "PATH"),
        ("score", "PATH.npy"),
        ("figures", "quick", "--out", "PATH/x"),
        ("report", "quick", "--out", "PATH/x.html"),
    ],
    ids=" ".join,
)
def test_paths_that_are_too_long_or_lead_in_circles_end_in_a_message(tmp_path: Path, words: tuple[str, ...]) -> None:
    for ending in ("", ".py", ".csv", ".toml", ".npy"):
        (tmp_path / f"circle{ending}").symlink_to(tmp_path / f"circle{ending}")
    for path in (LONG, str(tmp_path / "circle")):
        code, _, err = ganbench(*(word.replace("PATH", path) for word in words))
        assert code == 2 and err.startswith("Error: ") and len(err.splitlines()) <= 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminals_and_machines_of_other_encodings_get_files_in_utf_8(tmp_path: Path, encoding: str) -> None:
    trials = study(4, 3, losses=("lsgan", "hinge@1"), diverged=0, failed=0)
    trials["loss_name"] = trials["loss"].map({"lsgan": "LS GAN", "hinge@1": "Größe ∞"})
    trials.to_csv(tmp_path / "trials.csv", index=False)
    command = [sys.executable, "-X", "utf8=0", "-m", "benchmark", "tables", tmp_path, "--out", tmp_path / "größe"]
    other = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, env={**os.environ, **other}, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    written = [path.read_text(encoding="utf-8") for path in (tmp_path / "größe").iterdir()]
    assert sum("Größe ∞" in text for text in written) > 3


def test_a_dry_run_quotes_the_paths_of_its_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (programs := tmp_path / "bin").mkdir()  # of a cluster that has nothing to say
    for name in ("sbatch", "squeue", "scancel", "srun", "scontrol", "sacct"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "s.toml").write_text('losses = ["lsgan"]\nbudget = "smoke"\n')
    results = tmp_path / "my results"
    code, out, err = ganbench("run", tmp_path / "s.toml", "--executor", "slurm", "--dry-run", "--results", results)
    assert code == 0, err
    lines = [line.removeprefix("#SBATCH ") for line in out.splitlines() if "my results" in line and not line.startswith("1 ")]
    assert len(lines) == 3
    assert not any(word in ("my", "results") for line in lines for word in shlex.split(line))


def test_a_file_for_a_folder_and_a_folder_for_a_file_end_with_a_message_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (file := tmp_path / "file").touch()
    (folder := tmp_path / "folder").mkdir()
    (tmp_path / "mine.toml").write_text(
        'losses = ["lsgan"]\ndatasets = ["ring"]\nbudget = "smoke"\nmetrics = ["wasserstein"]\n'
    )
    (tmp_path / "stripes.py").write_text(STRIPES)
    monkeypatch.setattr("benchmark.metrics.extractors.trained.train_classifier", None)
    for arguments in (
        ("collect", "mine.toml", "--out", file),
        ("collect", "mine.toml", "--out", file / "below"),
        ("run", "mine.toml", "--results", file),
        ("run", "mine.toml", "--data", file),
        ("restore", "mine.toml", "--results", file),
        ("train-extractor", "--dataset", "stripes.py", "--out", folder),
        ("train-extractor", "--dataset", "stripes.py", "--out", file / "below"),
        ("measure", "--dataset", "ring", "--table", folder),
        ("measure", "--dataset", "ring", "--table", file / "below"),
    ):
        code, _, err = ganbench(*arguments)
        assert code == 2 and "Error" in err, arguments
    assert not file.read_bytes() and not list(folder.iterdir())
