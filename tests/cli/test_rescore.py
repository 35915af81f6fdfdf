"""``ganbench rescore``: from kept generators to tables that every other command reads. It mirrors no module."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from scipy.spatial.distance import cdist
from support.command_line import ganbench
from support.own_files import STRIPES, STUDY

from benchmark.analysis.trials import read_trials
from benchmark.data import find_dataset
from benchmark.losses import find_loss
from benchmark.models.infogan import Architecture
from benchmark.training.trainer import evaluation_latents

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the study ``mine.toml``, which has run to its end."""
    folder = tmp_path_factory.mktemp("ended")
    (folder / "stripes.py").write_text(STRIPES)
    (folder / "mine.toml").write_text(STUDY)
    code, _, err = ganbench("run", folder / "mine.toml", "--executor", "inline", "--no-compile", *folders(folder))
    assert code == 0, err
    return folder


@pytest.fixture
def copy(ended: Path, tmp_path: Path) -> Path:
    """The same, to be changed; its trials have the same ids."""
    shutil.copytree(ended, tmp_path / "copy")
    return tmp_path / "copy"


def folders(folder: Path) -> list[str]:
    return ["--results", str(folder / "results"), "--data", str(folder / "data")]


def rescored(folder: Path, *options: object) -> tuple[int, str, str]:
    return ganbench("rescore", folder / "mine.toml", *options, *folders(folder))


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / "studies" / "mine" / name / "trials.csv")


def drawn(folder: Path, loss: str, trial: str, count: int) -> np.ndarray:
    """The images of the trial's generator, as the loss's network draws them from the kept weights."""
    found = find_loss(loss)()
    network = found.networks(Architecture((1, 28, 28), 1 / 16))["generator"].eval()
    (weights,) = (folder / "results" / "trials").glob(f"*/*/{trial}/generator.safetensors")
    network.load_state_dict(load_file(weights))
    with torch.no_grad():
        return (255 * network(evaluation_latents(count, found.prior))).round().numpy()


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The unbiased squared MMD by the kernel (x.y / d + 1)^3: Gretton et al. 2012, equation 3; Binkowski et al. 2018."""
    n, d = a.shape
    aa, bb, ab = ((x @ y.T / d + 1) ** 3 for x, y in ((a, a), (b, b), (a, b)))
    off = (aa.sum() - np.trace(aa) + bb.sum() - np.trace(bb)) / (n * (n - 1))
    return float(off - 2 * ab.mean())


def test_rescoring_by_the_study_s_own_metric_gives_its_table_again(copy: Path) -> None:
    code, out, err = rescored(copy)
    assert code == 0, err
    study, again = table(copy, "."), table(copy, "rescored/fid_pixels")
    assert study["status"].tolist() == ["ok", "ok", "diverged", "diverged"] * 2
    unknown = ("last", "selected", "validation", "validation_last", "extractor_features")  # the last of those that diverged
    same = [c for c in study if c not in unknown]
    pd.testing.assert_frame_equal(again[same], study[same], check_exact=False, rtol=1e-6, check_dtype=False)
    assert again[["last", "selected", "validation", "validation_last"]].isna().all().all()
    assert "its best evaluation by fid_pixels" in out.replace("\n", " ")


def test_a_forgotten_kid_is_that_of_the_images_that_the_kept_generators_draw(copy: Path) -> None:
    # 300 images on both sides are one subset: the distance is that of all of them, whatever is drawn at random.
    code, _, err = rescored(copy, "--metrics", "kid", "--images", 300)
    assert code == 0, err
    rows = table(copy, "rescored/kid_pixels-300")
    assert rows["images"].unique().tolist() == [300] and "fid_pixels" not in rows
    real = find_dataset(str(copy / "stripes.py"))(copy / "data").load("test").images.reshape(300, -1) / 255.0
    for row in rows[rows["status"] == "ok"].itertuples():
        images = drawn(copy, str(row.loss), str(row.id), 300).reshape(300, -1) / 255.0
        # torch-fidelity adds up kernel values of order 1 in float32.
        assert row.best == pytest.approx(kernel_distance(images, real), abs=5e-6)


def test_a_table_for_each_metric_that_every_reader_of_tables_reads(copy: Path, tmp_path: Path) -> None:
    code, out, err = rescored(copy, "--metrics", "kid, improved-precision-recall")
    assert code == 0, err
    for name in ("kid_pixels", "neighbour_one_minus_f1_pixels"):
        folder = copy / "results" / "studies" / "mine" / "rescored" / name
        assert name in out and str(folder) in out.replace("\n", "")
        trials = read_trials(folder)
        assert len(trials) == 8 and (folder / f"{name}.png").exists() and (folder / "summary.md").exists()
        # The same images were scored by the study.
        of_study = table(copy, ".").set_index("id")["best"]
        ok = trials[trials["status"] == "ok"]
        assert ok["fid_pixels"].tolist() == pytest.approx(of_study[ok["id"]].tolist(), rel=1e-12)
        assert all((folder / picture).exists() for picture in ok["picture"])
        assert ganbench("analyse", folder, "--out", tmp_path / name)[0] == 0
        assert f"{name}, best evaluation of each run by fid_pixels" in (tmp_path / name / "report.html").read_text()
        assert ganbench("compare", folder, "--loss", "vae", "--margin", "0.1")[0] == 0
    assert {"neighbour_precision_pixels", "neighbour_recall_pixels"} <= set(trials)


def test_copying_is_told_by_the_nearest_real_images_and_the_closest_pairs_are_shown(copy: Path) -> None:
    code, out, err = rescored(copy, "--metrics", "copying", "--images", 200)
    assert code == 0 and "copied_pixels" in out, err
    folder = copy / "results" / "studies" / "mine" / "rescored" / "copied_pixels-200"
    rows = read_trials(folder)
    ok = rows[rows["status"] == "ok"]
    assert len(ok) == 4 and not ok[["best", "nearer_training_pixels", "copying_ct_pixels"]].isna().any().any()
    dataset = find_dataset(str(copy / "stripes.py"))(copy / "data")
    train, test = (dataset.load(split).images.reshape(300, -1) / 255.0 for split in ("train", "test"))
    among = cdist(test, test)
    np.fill_diagonal(among, np.inf)
    fresh = np.sort(cdist(test, train).min(1) / np.maximum(among.min(1), 1e-9))
    bound = fresh[2] + 0.01 * (fresh[3] - fresh[2])  # of 300 images that of rank 3.01
    for row in ok.itertuples():
        images = drawn(copy, str(row.loss), str(row.id), 200).reshape(200, -1) / 255.0
        to_training, to_test = cdist(images, train).min(1), cdist(images, test).min(1)
        assert row.best == pytest.approx(np.mean(to_training / to_test < bound), abs=1 / 200)
        assert row.nearer_training_pixels == pytest.approx(np.mean(to_training < to_test), abs=1 / 200)
    pictures = sorted((copy / "results" / "trials").glob("*/*/*/copied_pixels-200-*.png"))
    with Image.open(folder / "closest-pairs.png") as whole, Image.open(pictures[0]) as one:
        assert len(pictures) == 4 and whole.size == (one.width, 2 * one.height)  # a run of each loss
    before = (folder / "closest-pairs.png").read_bytes()
    (folder / "closest-pairs.png").unlink()
    assert rescored(copy, "--metrics", "copying", "--images", 200)[0] == 0  # nothing is computed again
    assert (folder / "closest-pairs.png").read_bytes() == before


def test_a_rescored_table_is_no_baseline_for_one_whose_own_score_chose(copy: Path) -> None:
    (copy / "by_kid").mkdir()
    for name in ("stripes.py", "mine.toml"):
        shutil.copy(copy / name, copy / "by_kid")
    study = copy / "by_kid" / "mine.toml"
    study.write_text(
        STUDY.replace("samples = 2", "samples = 1").replace('["lsgan", "vae"]', '["nsgan"]') + '\nmetrics = ["kid"]'
    )
    study.write_text(study.read_text().replace("ranges = { learning_rate = { fixed = 1e30 } }\n", ""))
    assert ganbench("run", study, "--executor", "inline", "--no-compile", *folders(copy / "by_kid"))[0] == 0
    assert rescored(copy, "--metrics", "kid")[0] == 0
    chosen_by_kid = copy / "by_kid" / "results" / "studies" / "mine"
    options = ["--loss", "nsgan", "--margin", "0.1", "--baseline"]
    code, _, err = ganbench("compare", chosen_by_kid, *options, copy / "results/studies/mine/rescored/kid_pixels")
    assert code == 2 and "different chosen_by cannot be compared" in err and "fid_pixels" in err


def test_again_nothing_is_computed_and_what_was_lost_alone_is(copy: Path) -> None:
    assert rescored(copy, "--metrics", "kid")[0] == 0
    files = sorted((copy / "results" / "trials").glob("*/*/*/kid_pixels-1000-*.json"))
    assert len(files) == 4
    times, before = [p.stat().st_mtime_ns for p in files], table(copy, "rescored/kid_pixels")
    code, out, _ = rescored(copy, "--metrics", "kid")
    assert code == 0 and "4 of 4 generators" in out
    assert [p.stat().st_mtime_ns for p in files] == times
    files[0].unlink()
    files[1].write_text(files[1].read_text()[:40])  # as a broken disk leaves it
    assert rescored(copy, "--metrics", "kid")[0] == 0
    assert [p.stat().st_mtime_ns == t for p, t in zip(files, times, strict=True)] == [False, False, True, True]
    pd.testing.assert_frame_equal(table(copy, "rescored/kid_pixels"), before)


def test_trials_without_a_kept_generator_are_counted_and_named(copy: Path) -> None:
    lost = table(copy, ".").iloc[1]["id"]
    (weights,) = (copy / "results" / "trials").glob(f"*/*/{lost}/generator.safetensors")
    weights.unlink()
    code, out, err = rescored(copy, "--metrics", "kid")
    assert code == 0, err
    said = " ".join(out.split())
    assert "1 of 4 scored trials: LS GAN on Stripes" in said and lost in said
    rows = table(copy, "rescored/kid_pixels").set_index("id")
    assert rows["status"].value_counts().to_dict() == {"ok": 3, "diverged": 4, "pending": 1}
    assert rows.loc[lost, "reason"] == "no kept generator" and np.isnan(rows.loc[lost, "best"])
    summary = (copy / "results/studies/mine/rescored/kid_pixels/summary.md").read_text()
    assert "| LS GAN | 1 |" in summary


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--metrics", "kd"], "Unknown metric 'kd'. Did you mean kid?"),
        (["--metrics", "kid,"], "Unknown metric ''"),
        (["--metrics", "kid,KID"], "kid_pixels is asked for twice"),
        (["--extractor", "incepton"], "Did you mean inception"),
        (["--images", "0"], "'0' is not a whole number of 1 or more"),
        (["--images", "1"], "images = 1: a whole number of 2 or more (up to 1,000,000) is needed"),
        (["--device", "gpu"], "Known: auto, cpu, cuda"),
        (["--metrics", "precision-recall"], "needs a data set with a known manifold"),
        (["--metrics", "inception-score"], "Inception score needs class scores"),
    ],
)
def test_bad_input_ends_with_a_message_before_any_score(ended: Path, options: list[str], expected: str) -> None:
    code, out, err = rescored(ended, *options)
    assert code == 2 and expected in " ".join(err.split()), err
    assert "Traceback" not in err and len(err.strip().splitlines()) <= 4  # click's own errors come with two lines on usage
    assert not out and not (ended / "results" / "studies" / "mine" / "rescored").exists()


def test_a_study_without_ended_trials_says_so(ended: Path, tmp_path: Path) -> None:
    code, _, err = ganbench("rescore", ended / "mine.toml", "--results", tmp_path, "--data", ended / "data")
    assert code == 2
    assert err.startswith("Error: No trial of mine") and "8 pending" in err and len(err.splitlines()) == 1


def test_a_study_without_kept_generators_says_where_they_would_be(copy: Path) -> None:
    for weights in (copy / "results" / "trials").glob("*/*/*/generator.safetensors"):
        weights.unlink()
    code, _, err = rescored(copy, "--metrics", "kid")
    assert code == 2 and "4 scored trials of mine" in err
    assert len(err.strip().splitlines()) == 2 and "generator.safetensors" in err
