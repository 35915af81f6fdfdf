"""The commands figures, tables, compare, report and analyse, from a CSV file to files and words."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.command_line import ganbench
from support.published_studies import ROOT
from support.synthetic_trials import study

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study(4, 3, losses=("lsgan", "wgan", "hinge@1"), diverged=0, failed=0).to_csv(tmp_path / "trials.csv", index=False)
    return tmp_path


def test_one_command_writes_figures_tables_and_report(folder: Path) -> None:
    code, out, err = ganbench("analyse", folder, "--out", folder / "out")
    assert code == 0, err
    assert (folder / "out" / "report.html").read_text().startswith("<!doctype html>")
    for line in out.split():
        name = line.rstrip(",")
        assert not name.startswith("/") or Path(name).is_file()
    assert {p.suffix for p in (folder / "out" / "figures").iterdir()} == {".png", ".svg", ".pdf"}
    assert {p.suffix for p in (folder / "out" / "tables").iterdir()} == {".csv", ".md", ".tex"}


def test_a_collected_study_is_found_by_its_name(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home := tmp_path / "results" / "studies" / "mine").mkdir(parents=True)
    (folder / "trials.csv").rename(home / "trials.csv")
    monkeypatch.chdir(tmp_path)
    code, _, err = ganbench("report", "mine", "--out", "report.html")
    assert code == 0, err
    assert Path("report.html").is_file()
    assert "No table of trials at other" in ganbench("report", "other", "--out", "report.html")[2]


def test_a_report_for_a_folder_lies_in_it(folder: Path) -> None:
    (folder / "out").mkdir()
    assert ganbench("report", folder, "--out", folder / "out")[:2] == (0, f"{folder / 'out' / 'report.html'}\n")
    assert (folder / "out" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_compare_prints_verdicts_and_writes_them(folder: Path) -> None:
    code, out, err = ganbench("compare", folder, "--loss", "hinge", "--margin", 0.5, "--out", folder / "verdict.csv")
    assert code == 0, err
    verdicts = pd.read_csv(folder / "verdict.csv")
    assert verdicts["baseline"].tolist() == ["LS GAN", "WGAN"]
    for verdict in verdicts["verdict"]:
        assert verdict in out
    assert "Fashion-MNIST: hinge is" in " ".join(out.split()) and "margin 0.5" in out


def test_compare_takes_baselines_from_another_table_and_a_part_of_a_table(folder: Path) -> None:
    table = pd.read_csv(folder / "trials.csv")
    table[table["loss"] == "hinge@1"].to_csv(folder / "mine.csv", index=False)
    both = ganbench("compare", folder / "mine.csv", "--loss", "hinge", "--margin", 1, "--baseline", folder)
    assert both == ganbench("compare", folder, "--loss", "hinge", "--margin", 1) and both[0] == 0
    code, _, _ = ganbench("tables", folder, "--out", folder / "t", "--where", "loss=wgan")
    assert code == 0 and set(pd.read_csv(folder / "t" / "summary-seeds.csv")["loss"]) == {"WGAN"}


def test_diverged_trials_count_as_asked_in_tables_report_and_verdict(folder: Path) -> None:
    table = pd.read_csv(folder / "trials.csv").assign(best_before_divergence=np.nan)
    first = table.index[table["loss"] == "lsgan"][0]
    table.loc[first, ["status", "best", "best_before_divergence"]] = ["diverged", np.inf, 3.0]
    table.to_csv(folder / "trials.csv", index=False)
    said = "1 of the trials with a score diverged later"
    for choice, count in (("worst", 0), ("last-score", 1)):
        code, _, err = ganbench("analyse", folder, "--out", folder / choice, "--diverged", choice)
        assert code == 0, err
        search = pd.read_csv(folder / choice / "tables" / "summary-search.csv").set_index("loss")
        assert search.loc["LS GAN", "n"] == 3 + count and search.loc["LS GAN", "diverged"] == 1 - count
        assert (said in (folder / choice / "report.html").read_text()) == bool(count)
        code, out, err = ganbench("compare", folder, "--loss", "hinge", "--margin", 1, "--diverged", choice)
        assert code == 0 and (said in " ".join(out.split())) == bool(count), err
    code, _, err = ganbench("report", folder, "--out", folder / "r.html", "--diverged", "best")
    assert code == 2 and "Known: worst, last-score" in err


def test_a_folder_where_a_file_is_written_and_a_file_where_a_folder_are_refused_before_anything_is_computed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for computing in (
        "benchmark.analysis.baselines.judge",
        "benchmark.analysis.figures.all_figures.write_figures",
        "benchmark.analysis.tables.write_tables",
        "benchmark.analysis.report.report_html",
    ):
        monkeypatch.setattr(computing, None)
    (taken := folder / "taken").mkdir()
    (taken / "tables").touch()
    (taken / "report.html").mkdir()
    file = folder / "trials.csv"
    compare = ("compare", folder, "--loss", "hinge", "--margin", 1, "--out")
    for arguments in (
        (*compare, taken),
        (*compare, file / "verdict.csv"),
        (*compare, folder / ("x" * 256)),
        ("figures", folder, "--out", file),
        ("tables", folder, "--out", file),
        ("tables", folder, "--out", taken / "tables" / "below"),
        ("report", folder, "--out", file / "report.html"),
        ("report", folder, "--out", taken),
        ("analyse", folder, "--out", file),
        ("analyse", folder, "--out", taken),
    ):
        code, _, err = ganbench(*arguments)
        assert code == 2 and "Error" in err and "Traceback" not in err


def test_what_compare_writes_to_may_lie_in_a_folder_that_is_made(folder: Path) -> None:
    path = folder / "new" / "er" / "verdict.csv"
    assert ganbench("compare", folder, "--loss", "hinge", "--margin", 1, "--out", path)[0] == 0
    assert len(pd.read_csv(path)) == 2


def test_the_baselines_go_by_the_name_of_a_study_too(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ganbench("compare", folder, "--loss", "hinge", "--margin", 1)
    (home := tmp_path / "elsewhere" / "results" / "studies" / "mine").mkdir(parents=True)
    (home / "trials.csv").write_bytes((folder / "trials.csv").read_bytes())
    arguments = ("compare", folder, "--loss", "hinge", "--margin", 1, "--baseline", "mine")
    code, _, err = ganbench(*arguments)
    assert code == 2 and "No table of trials at mine" in err and "trials.csv" in err
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert ganbench(*arguments) == expected and expected[0] == 0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("benchmark.files.PACKAGE", tmp_path / "elsewhere" / "benchmark")  # as in a checkout, from outside it
    assert ganbench(*arguments) == expected


@pytest.mark.parametrize("command", ["figures", "tables", "report", "analyse"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="best"), "lacks the column best"),
        (lambda t: t[:0], "has no trials"),
        (lambda t: t.assign(extractor_fingerprint=[str(i % 2) for i in range(len(t))]), "different extractor_fingerprint"),
    ],
)
def test_bad_tables_end_with_a_message_and_write_nothing(folder: Path, command: str, change, said: str) -> None:
    change(pd.read_csv(folder / "trials.csv")).to_csv(folder / "bad.csv", index=False)
    code, _, err = ganbench(command, folder / "bad.csv", "--out", folder / "new" / "out")
    assert code == 2 and said in err and err.startswith("Error: ") and len(err.splitlines()) <= 2
    assert not [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".csv"]


def test_bad_options_end_with_a_message(folder: Path) -> None:
    for arguments, said in (
        (("compare", folder, "--loss", "hing", "--margin", 1), "Did you mean hinge"),
        (("compare", folder, "--loss", "hinge", "--margin", -1), "0 or more"),
        (("tables", folder, "--out", folder / "t", "--where", "budget"), "column=value"),
        (("tables", folder / "none", "--out", folder / "t"), "No table of trials"),
        (("figures", folder, "--out", folder / "trials.csv" / "x"), "Cannot write"),
    ):
        code, _, err = ganbench(*arguments)
        assert code == 2 and said in err and "Traceback" not in err


def test_the_commands_load_no_torch(folder: Path) -> None:
    code = (
        "import sys; from benchmark.cli import app\n"
        f"try: app(['report', {str(folder)!r}, '--out', {str(folder / 'r.html')!r}])\n"
        "except SystemExit: pass\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split()[-1] == "False" and (folder / "r.html").exists()


@pytest.mark.parametrize("name", ["trials.csv", "records.jsonl", "summary.md"])
def test_no_output_takes_the_place_of_a_study_s_own_files(tmp_path: Path, name: str) -> None:
    for published in ("trials.csv", "records.jsonl", "summary.md"):
        shutil.copy(ROOT / "results" / "studies" / "fashion-longer" / published, tmp_path / published)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for words in (
        ("report", tmp_path, "--out", tmp_path / name),
        ("compare", tmp_path, "--loss", "lsgan", "--margin", "1", "--out", tmp_path / name),
        ("compare", tmp_path, "--loss", "lsgan", "--margin", "1", "--baseline", tmp_path, "--out", tmp_path / "trials.csv"),
        ("tables", tmp_path, "--out", tmp_path),
    ):
        code, _, err = ganbench(*words)
        assert code == 2 and str(tmp_path) in err.replace("\n", ""), words
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
