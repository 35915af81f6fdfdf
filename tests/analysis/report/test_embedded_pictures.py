from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.synthetic_trials import study

from benchmark.analysis.report import embedded_pictures
from benchmark.analysis.report.embedded_pictures import Picture, data_address, shown_samples
from benchmark.analysis.trials import checked


def content(address: str) -> bytes:
    return base64.b64decode(address.partition(",")[2])


def test_a_small_picture_is_embedded_as_it_is(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "small.png")
    address = data_address(tmp_path / "small.png", 10_000)
    assert address.startswith("data:image/png;base64,") and content(address) == (tmp_path / "small.png").read_bytes()


def test_large_pictures_are_made_small(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (900, 600, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    address = data_address(tmp_path / "large.png", 200_000)
    assert address.startswith("data:image/jpeg;base64,") and len(address) < 200_000
    assert Image.open(io.BytesIO(content(address))).size == (280, 420)
    assert len(data_address(tmp_path / "large.png", 50_000)) <= 50_000
    assert Image.open(io.BytesIO(content(data_address(tmp_path / "large.png", 1)))).size == (100, 150)  # no smaller


def test_best_median_and_worst_of_each_loss_are_shown_with_their_scores(tmp_path: Path) -> None:
    table = study(3, 1, losses=("lsgan", "wgan"), datasets=("mnist",), diverged=0, failed=0).assign(picture="")
    table.loc[table["loss"] == "lsgan", ["picture", "best"]] = [["a.png", 30.0], ["b.png", 10.0], ["", 20.0]]
    for name in ("a.png", "b.png"):
        Image.new("L", (4, 4)).save(tmp_path / name)
    (found,), left_out = shown_samples(checked(table), tmp_path)
    assert (found.dataset, found.kinds, left_out) == ("MNIST", ("best", "median", "worst"), 0)
    assert list(found.rows) == ["LS GAN"]  # WGAN has no picture
    best, median, worst = found.rows["LS GAN"]
    assert isinstance(best, Picture) and isinstance(worst, Picture) and median == "no picture"
    assert (best.caption, worst.caption) == ("FID 10.0", "FID 30.0")
    assert best.alt == "Samples of the best run of LS GAN on MNIST"


def test_many_pictures_share_the_room_and_none_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    monkeypatch.setattr(embedded_pictures, "PICTURE_BYTES", 6 * 30_000)
    table = checked(study(3, 1, losses=("lsgan", "wgan"), diverged=0, failed=0).assign(picture="a.png"))
    (found,), left_out = shown_samples(table, tmp_path)
    sizes = [len(cell.address) for cells in found.rows.values() for cell in cells if isinstance(cell, Picture)]
    assert left_out == 0 and len(sizes) == 6 and max(sizes) <= 30_000 < len((tmp_path / "a.png").read_bytes())


def test_what_would_make_the_page_too_large_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    monkeypatch.setattr(embedded_pictures, "PICTURE_BYTES", len(data_address(tmp_path / "a.png", 10_000)))
    table = checked(study(3, 1, losses=("lsgan",), diverged=0, failed=0).assign(picture="a.png"))
    (found,), left_out = shown_samples(table, tmp_path)
    assert found.rows["LS GAN"][1:] == ["left out", "left out"] and left_out == 2
