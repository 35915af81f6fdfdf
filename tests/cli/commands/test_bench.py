"""The command line: bad input ends with one clear message and exit code 2, before any work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support.command_line import ganbench
from support.own_files import HINGE, PENALTY

import benchmark
from benchmark.analysis.figures.all_figures import figures
from benchmark.analysis.trials import read_trials
from benchmark.losses import paper_losses

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


@pytest.fixture
def stripes(own_files: Path, tmp_path: Path) -> list[str]:
    """Options for a run on a user's own data set, in folders of its own."""
    folders = ["--results", str(tmp_path / "results"), "--data", str(tmp_path / "data")]
    return ["--dataset", str(tmp_path / "stripes.py"), "--budget", "smoke", "--no-compile", "--workers", "1", *folders]


def table(tmp_path: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(tmp_path / "results" / "bench" / name / "trials.csv")


def test_all_eight_models_run_from_name_to_table_picture_and_samples(stripes: list[str], tmp_path: Path) -> None:
    code, out, err = ganbench("bench", "--loss", "all", "--seeds", "1", *stripes)
    assert code == 0, err
    folder = tmp_path / "results" / "bench" / "all-stripes-smoke"
    trials = table(tmp_path, folder.name)
    assert sorted(trials["loss"]) == sorted(paper_losses())
    assert (trials["status"] == "ok").all() and (trials["best"] > 0).all() and (trials["best"] <= trials["last"]).all()
    assert (folder / "fid_layers.png").read_bytes().startswith(b"\x89PNG")
    assert len(list((folder / "samples").glob("*-seed-0.png"))) == 8
    for name in ("MM GAN", "WGAN GP", "VAE", str(folder)):
        assert name in out.replace("\n", "")


def test_running_again_computes_nothing_and_more_seeds_add_trials(stripes: list[str], tmp_path: Path) -> None:
    name = "lsgan-stripes-smoke"
    assert ganbench("bench", "--loss", "LS GAN", "--seeds", "2", *stripes)[0] == 0
    first = table(tmp_path, name)
    code, out, _ = ganbench("bench", "--loss", "lsgan", "--seeds", "2", *stripes)
    assert code == 0 and "2 of 2 trials done before" in out
    assert ganbench("bench", "--loss", "ls", "--seeds", "3", *stripes)[0] == 0
    third = table(tmp_path, name)
    pd.testing.assert_frame_equal(third.head(2), first)
    assert len(third) == 3


def test_a_users_loss_of_ten_lines_runs(stripes: list[str], tmp_path: Path) -> None:
    path = tmp_path / "hinge.py"
    path.write_text(HINGE)
    code, _, err = ganbench("bench", "--loss", f"{path},nsgan", "--seeds", "1", *stripes)
    assert code == 0, err
    trials = table(tmp_path, "hinge-nsgan-stripes-smoke")
    assert trials["loss"].str.startswith("hinge@").tolist() == [True, False]
    # A changed file is another loss: its old results are not taken for its own.
    path.write_text(HINGE.replace("-fake.mean()", "-fake.sum()"))
    ganbench("bench", "--loss", str(path), "--seeds", "1", *stripes)
    changed = table(tmp_path, "hinge-stripes-smoke")
    assert changed["id"][0] != trials["id"][0]


def test_a_loss_is_trained_with_each_penalty_and_normalisation(stripes: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PENALTY)
    crossed = ("--penalty", f"none,{tmp_path / 'mine.py'}", "--normalisation", "spectral")
    code, out, err = ganbench("bench", "--loss", "hinge", *crossed, "--seeds", "1", *stripes)
    assert code == 0, err
    name = "hinge-stripes-smoke-none-mine-spectral"
    trials = table(tmp_path, name)
    assert trials["penalty"].str.partition("@")[0].tolist() == ["none", "mine"] and set(trials["normalisation"]) == {"spectral"}
    assert trials["penalty_name"].tolist() == ["no penalty", "my penalty"] and (trials["status"] == "ok").all()
    pictures = tmp_path / "results" / "bench" / name / "samples"
    assert len(list(pictures.iterdir())) == 2 and all((pictures.parent / picture).is_file() for picture in trials["picture"])
    assert "hinge + my penalty, spectral norm on" in out


def test_a_combination_that_makes_no_sense_ends_with_a_message_before_any_work(stripes: list[str], tmp_path: Path) -> None:
    code, _, err = ganbench("bench", "--loss", "wgan,nsgan", "--penalty", "r1", *stripes)
    assert code == 2 and "WGAN + R1" in err and len(err.splitlines()) <= 2
    code, _, err = ganbench("bench", "--loss", "nsgan", "--normalisation", "spectrum", *stripes)
    assert code == 2 and "spectral" in err and "setting" in err and not (tmp_path / "results").exists()


def test_a_users_loss_goes_by_its_own_name_wherever_a_reader_sees_it(stripes: list[str], tmp_path: Path) -> None:
    path, folder = tmp_path / "hinge.py", tmp_path / "results" / "bench" / "hinge-nsgan-stripes-smoke"
    path.write_text(HINGE.replace('key = "hinge"', 'key = "hinge"\n    name = "Hinge loss"'))
    code, out, err = ganbench("bench", "--loss", f"{path},nsgan", "--seeds", "2", *stripes)
    assert code == 0, err
    trials = table(tmp_path, folder.name)
    assert trials["loss_name"].tolist() == ["Hinge loss"] * 2 + ["NS GAN"] * 2
    assert trials["dataset_name"].tolist() == ["Stripes"] * 4
    code, verdict, err = ganbench("compare", str(folder), "--loss", "Hinge loss", "--margin", "1")
    assert code == 0, err
    assert ganbench("analyse", str(folder), "--out", str(tmp_path / "out"))[0] == 0
    report = (tmp_path / "out" / "report.html").read_text()
    tables = [p.read_text() for p in (tmp_path / "out" / "tables").iterdir() if "Hinge" in p.read_text()]
    assert len(tables) > 9
    for text in (out, verdict, (folder / "summary.md").read_text(), report, *tables):
        assert "Hinge loss" in text
    assert "hinge@" not in "".join((out.partition("best evaluation")[2], verdict, *tables))
    drawn = dict(figures(read_trials(folder), folder))
    labels = {t.get_text() for axes in drawn["distribution"].axes for t in axes.get_yticklabels()}
    assert labels == {"Hinge loss", "NS GAN"} and drawn["distribution"].axes[0].get_title().startswith("Stripes")
    titles = [axes.get_title() for name, figure in drawn.items() if name.startswith("samples-best") for axes in figure.axes]
    assert any(title.startswith("Hinge loss, ") for title in titles)


def test_variants_stand_in_one_table_and_are_mixed_nowhere(stripes: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "results" / "bench" / "nsgan-stripes-smoke-paper-v1"
    code, out, err = ganbench("bench", "--loss", "nsgan", "--seeds", "2", "--variant", "paper, v1", *stripes)
    assert code == 0, err
    trials = table(tmp_path, folder.name)
    assert trials["variant"].tolist() == ["paper"] * 2 + ["v1"] * 2 and "NS GAN (v1)" in out
    assert trials["picture"].nunique() == 4 and all((folder / p).exists() for p in trials["picture"])
    # What is trained is each variant: one seed gives different scores.
    assert trials["best"].nunique() == 4 and trials["seed"].tolist() == [0, 1, 0, 1]
    assert [row.split(" | ")[1] for row in (folder / "summary.md").read_text().splitlines()[2:]] == ["NS GAN", "NS GAN (v1)"]
    alone = ganbench("bench", "--loss", "nsgan", "--seeds", "2", "--variant", "v1", *stripes)
    assert alone[0] == 0 and table(tmp_path, "nsgan-stripes-smoke-v1")["id"].tolist() == trials["id"].tolist()[2:]


def test_the_python_api_checks_and_publishes_the_same(stripes: list[str], tmp_path: Path) -> None:
    ganbench("bench", "--loss", "nsgan", "--seeds", "1", *stripes)
    options = {
        "seeds": 1,
        "dataset": str(tmp_path / "stripes.py"),
        "budget": "smoke",
        "compiled": False,
        "data": tmp_path / "data",
    }
    from_python = benchmark.bench("nsgan", results=tmp_path / "other", **options)
    folders = [tmp_path / name / "bench" / "nsgan-stripes-smoke" for name in ("results", "other")]
    published = [sorted(p.relative_to(folder) for p in folder.rglob("*")) for folder in folders]
    assert published[0] == published[1] and len(published[0]) >= 5
    pictures = [next((folder / "samples").iterdir()).read_bytes() for folder in folders]
    assert pictures[0] == pictures[1]
    again = from_python.drop(columns=["seconds", "reason"])
    pd.testing.assert_frame_equal(
        again, table(tmp_path, "nsgan-stripes-smoke")[list(again)], check_exact=True, check_dtype=False
    )
    assert benchmark.summarise(from_python)["n"].tolist() == [1]
    with pytest.raises(benchmark.UserError, match="Cannot write to"):
        benchmark.bench("nsgan", results=Path(__file__), **options)


def test_a_study_of_one_s_own_finds_settings_that_bench_takes(stripes: list[str], tmp_path: Path) -> None:
    study = tmp_path / "tuned.toml"
    study.write_text('losses = ["lsgan"]\ndatasets = ["stripes.py"]\nbudget = "smoke"\nranges = "wide"\nsamples = 3')
    folders = ["--results", str(tmp_path / "results"), "--data", str(tmp_path / "data")]
    code, _, err = ganbench("run", str(study), "--executor", "inline", "--no-compile", *folders)
    assert code == 0, err
    path = tmp_path / "results" / "studies" / "tuned" / "trials.csv"
    samples = pd.read_csv(path)
    assert samples["sample"].tolist() == [0, 1, 2]
    assert samples["h_learning_rate"][0] == paper_losses()["lsgan"].defaults["learning_rate"]
    ganbench("bench", "--loss", "lsgan", "--seeds", "1", "--hyperparameters", str(path), *stripes)
    best = samples.loc[samples["best"].idxmin()]
    assert table(tmp_path, "lsgan-stripes-smoke-tuned-trials")["h_learning_rate"][0] == best["h_learning_rate"]


def test_a_failed_trial_is_counted_explained_and_gives_exit_code_1(stripes: list[str], tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    # Its batch is longer than that of the step on noise, by which the loss is tried before the run.
    path.write_text(HINGE.replace("-fake.mean()", "undefined_name if len(fake) > 4 else -fake.mean()"))
    code, out, _ = ganbench("bench", "--loss", str(path), "--seeds", "1", *stripes)
    assert code == 1
    assert "1 trial failed" in out and "undefined_name" in out
    assert table(tmp_path, "hinge-stripes-smoke")["status"].tolist() == ["failed"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--loss", "wgn"], "Did you mean"),
        (["--dataset", "mnst"], "mnist"),
        (["--budget", "qick"], "Did you mean quick?"),
        (["--seeds", "0"], "'0' is not a whole number of 1 or more"),
        (["--seeds", "ten"], "'ten' is not a whole number of 1 or more"),
        (["--population", "-1"], "'-1' is not a whole number of 1 or more"),
        (["--variant", "v2"], "paper, v1"),
        (["--extractor", "resnet"], "Known: classifier, efficientnet, inception"),
        (["--device", "gpu"], "Known: auto, cpu, cuda"),
        (["--device", "cuda:99"], "torch sees"),
        (["--hyperparameters", "best"], "Known: paper, tuned"),
        (["--hyperparameters", "tuned"], "quick and standard have them"),
        (["--hyperparameters", "missing.csv"], "missing.csv"),
        (["--loss", "missing.py"], "No loss file at missing.py"),
        (["--results", __file__], "is a file"),
    ],
)
def test_bad_input_ends_with_a_message_and_exit_code_2(arguments: list[str], expected: str, stripes: list[str]) -> None:
    code, out, err = ganbench("bench", *stripes, *arguments)
    assert code == 2
    assert expected in err and "Traceback" not in err
    assert len(err.strip().splitlines()) <= 4  # click's own errors come with two lines on usage
    assert "trials" not in out


def test_a_machine_without_a_compiler_is_told_so_before_training(stripes: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path), "CXX": ""}
    options = [o for o in stripes if o != "--no-compile"] + ["--population", "2"]
    command = [sys.executable, "-m", "benchmark", "bench", "--seeds", "1", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "No C++ compiler was found" in done.stderr and "--no-compile" in done.stderr
    assert not list(tmp_path.glob("results/trials/*"))


def test_a_full_disk_is_told_before_training(stripes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_000})())
    code, _, err = ganbench("bench", *stripes)
    assert code == 2 and "MB free" in err


def test_help_says_what_it_is() -> None:
    code, out, _ = ganbench("--help")
    assert code == 0 and "GAN loss" in out and "bench" in out
    assert ganbench("bench", "--help")[0] == 0


def test_list_names_every_loss_data_set_and_budget() -> None:
    _, out, _ = ganbench("list")
    for name in (
        *paper_losses(),
        "celeba",
        "cifar10",
        "fashion-mnist",
        "mnist",
        "squares",
        "triangles",
        "smoke",
        "quick",
        "paper",
    ):
        assert name in out
