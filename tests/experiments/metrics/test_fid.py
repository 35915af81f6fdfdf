from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from support.command_line import metric_behaviour
from support.stripes import Stripes

from benchmark.data import Split
from benchmark.metrics.extractors.pixels import PixelExtractor
from benchmark.plugins import UserError
from experiments.metrics import fid
from experiments.metrics.degradations import LEVELS
from experiments.metrics.fid import (
    Features,
    against_degradation,
    against_dropped_classes,
    against_size,
    require_images,
)
from experiments.metrics.statistics import monotone

pytestmark = pytest.mark.slow


def classes_apart(n: int, seed: int) -> Features:
    """Features of three classes, 10 apart, of unit variance."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return Features(rng.normal(size=(n, 2)) + 10 * labels[:, None], labels)


def test_fid_of_equal_distributions_falls_as_one_over_n(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fid, "SIZES", (100, 400))
    rng = np.random.default_rng(0)
    train, test = (Features(rng.normal(size=(n, 5)), np.zeros(n, int)) for n in (4_000, 1_000))
    table = against_size(train, test, 30, np.random.default_rng(1))
    means = table.groupby(["comparison", "n"])["fid"].mean()
    for comparison in table["comparison"].unique():
        assert means[comparison][100] / means[comparison][400] == pytest.approx(4, rel=0.25)
    assert table.groupby(["comparison", "n"]).size().eq(30).all()


def test_sizes_beyond_the_images_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fid, "SIZES", (100, 400, 900))
    table = against_size(classes_apart(950, 0), classes_apart(900, 1), 1, np.random.default_rng(0))
    assert table.groupby("comparison")["n"].apply(list).to_dict() == {
        "training against test images": [100, 400, 900],
        "two halves of the test images": [100, 400],
    }


def test_fid_rises_with_every_class_left_out_and_the_number_of_images_stays() -> None:
    table = against_dropped_classes(classes_apart(900, 0), classes_apart(600, 1), 4, np.random.default_rng(0))
    means = table.groupby("dropped")["fid"].mean()
    assert list(means.index) == [0, 1, 2]
    assert means[0] < 1 < means[1] < means[2]
    assert set(table["n"]) == {300}


class FourStripes(Stripes):
    """Four classes of small images."""

    image_shape, classes, images = (1, 8, 8), 4, 400
    splits = ("train", "test")


def test_pixel_fid_of_stripes_rises_with_most_degradations(tmp_path: Path) -> None:
    dataset = FourStripes(tmp_path)
    extractor = PixelExtractor(dataset, torch.device("cpu"))
    train, test = dataset.load("train"), dataset.load("test")
    table = against_degradation([extractor], dataset, train, test, 100, 0, lambda line: None)
    verdict = monotone(table).set_index("degradation")["monotone"]
    assert list(verdict.index) == list(LEVELS)
    # A slight blur brings noisy stripes nearer, and as many stripes are white as black: inverted they are the same.
    assert verdict.drop(["blur", "inversion"]).all()
    undamaged = table[table["level"] == 0].groupby("repetition")["fid"].nunique()
    assert undamaged.eq(1).all()  # whatever the degradation, its level 0 is the image itself


def test_the_command_writes_tables_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fid, "SIZES", (50, 100))
    monkeypatch.setattr("benchmark.data.find_dataset", lambda name: FourStripes)
    monkeypatch.setattr("benchmark.study.planning.names.find_dataset", lambda name: FourStripes)
    out = tmp_path / "out"
    code, stdout, err = metric_behaviour(
        "--dataset",
        "stripes",
        "--extractor",
        "pixels",
        "--beside",
        "pixels",
        "--repetitions",
        "2",
        "--images",
        "100",
        "--data",
        str(tmp_path),
        "--out",
        str(out),
    )
    assert code == 0, err
    assert sorted(p.name for p in out.iterdir()) == sorted(
        f"stripes-pixels-{name}"
        for name in (
            "degradations.csv",
            "degradations.png",
            "dropped-classes.csv",
            "dropped-classes.png",
            "monotone.csv",
            "size.csv",
            "size.png",
            "size-summary.csv",
        )
    )
    assert "mixing" in stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "300"], "Stripes has 400 training"),
        (["--inception-weights", "w.pth"], "not with 'pixels'"),
        (["--extractor", "pixelz"], "Unknown extractor 'pixelz'"),
        (["--beside", "layers,layerz"], "Unknown extractor 'layerz'"),
    ],
)
def test_bad_input_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    monkeypatch.setattr(fid, "SIZES", (50, 100))
    monkeypatch.setattr("benchmark.data.find_dataset", lambda name: FourStripes)
    monkeypatch.setattr("benchmark.study.planning.names.find_dataset", lambda name: FourStripes)
    code, _, err = metric_behaviour(
        "--extractor",
        "pixels",
        "--beside",
        "pixels",
        "--data",
        tmp_path,
        "--out",
        tmp_path / "out",
        *arguments,
    )
    assert code == 2 and message in err
    assert len(err.splitlines()) <= 2


def test_degraded_images_of_which_there_is_no_fid_are_refused(tmp_path: Path) -> None:
    split = Split(np.zeros((4_000, 1, 28, 28), np.uint8), np.arange(4_000) % 2)
    require_images(Stripes(tmp_path), split, split, 2)
    with pytest.raises(UserError, match="1 degraded images: FID needs at least 2"):
        require_images(Stripes(tmp_path), split, split, 1)


def test_points_and_images_without_classes_are_refused(tmp_path: Path) -> None:
    code, _, err = metric_behaviour("--dataset", "ring", "--out", tmp_path / "out", "--data", tmp_path / "data")
    assert code == 2 and "needs images" in err
    (tmp_path / "photos").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "photos" / "black.png")
    # Pixels need no classes, but the extractors beside them are trained on the data set.
    code, _, err = metric_behaviour("--dataset", tmp_path / "photos", "--extractor", "pixels")
    assert code == 2 and "one class" in err
    assert not (tmp_path / "out").exists()
