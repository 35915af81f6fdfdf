"""A ring of Gaussians through the whole pipeline: every loss, from its name to table, pictures and report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from support.command_line import ganbench

from benchmark.losses import paper_losses


def test_every_loss_is_trained_on_the_ring_scored_tabled_and_shown(tmp_path: Path) -> None:
    results, data = tmp_path / "results", tmp_path / "data"
    folders = ("--results", results, "--data", data)
    once = ("--dataset", "ring", "--budget", "smoke", "--no-compile", "--workers", "1", "--population", "2")
    code, out, err = ganbench("bench", "--loss", "all", "--seeds", "2", *once, *folders)
    assert code == 0, err
    folder = results / "bench" / "all-ring-smoke"
    trials = pd.read_csv(folder / "trials.csv")
    assert sorted(trials["loss"].unique()) == sorted(paper_losses()) and len(trials) == 16
    assert (trials["status"] == "ok").all() and (trials["score"] == "wasserstein").all()
    assert trials["best"].between(0, 5).all() and trials["validation"].between(0, 5).all()
    assert trials["modes"].between(0, 8).all() and (trials["modes"] + trials["modes_missed"] == 8).all()
    assert trials["high_quality"].between(0, 1).all()
    pictures = [np.asarray(Image.open(folder / name)) for name in trials["picture"]]
    assert all(picture.shape == (240, 240, 3) and picture.min() < 255 for picture in pictures)
    assert "Ring of 8 Gaussians" in out or "ring" in out
    code, _, err = ganbench("report", folder, "--out", tmp_path / "report.html")
    assert code == 0, err


def test_a_study_file_of_points_is_planned_and_run(tmp_path: Path) -> None:
    (tmp_path / "points.toml").write_text(
        'losses = ["nsgan", "vae"]\ndatasets = ["ring", "grid"]\nbudget = "smoke"\nmetrics = ["modes", "wasserstein"]\n'
    )
    folders = ("--results", tmp_path / "results")
    assert ganbench("plan", tmp_path / "points.toml", *folders)[0] == 0
    run = ("--executor", "inline", "--no-compile", "--data", tmp_path / "data")
    code, _, err = ganbench("run", tmp_path / "points.toml", *run, *folders)
    assert code == 0, err
    trials = pd.read_csv(tmp_path / "results" / "studies" / "points" / "trials.csv")
    assert trials["status"].tolist() == ["ok"] * 4 and (trials["score"] == "modes_missed").all()


def test_what_is_made_for_images_refuses_points_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "fid.toml").write_text('losses = ["nsgan"]\ndatasets = ["ring"]\nbudget = "smoke"\n')
    np.save(tmp_path / "points.npy", np.zeros((10, 2, 1, 1), np.float32))
    data = ("--data", tmp_path / "data")
    for command in (
        ("run", tmp_path / "fid.toml", "--no-compile", "--results", tmp_path / "results", *data),
        ("score", tmp_path / "points.npy", "--dataset", "ring", *data),
        ("train-extractor", "--dataset", "ring", *data),
        ("measure", "--dataset", "ring", "--table", tmp_path / "speed.csv"),
    ):
        code, _, err = ganbench(*command)
        assert code == 2, command
        assert "needs images; Ring of 8 Gaussians holds points. Its metrics are wasserstein, modes." in err
