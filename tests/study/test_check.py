"""``ganbench check``: what a file of each kind is said to be, what is wrong with it, and that nothing is trained or written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.command_line import ganbench
from support.own_files import EXTRACTOR, HINGE, METRIC, NORMALISATION, PENALTY, STRIPES

WRONG = {
    "a loss that returns a tensor": (HINGE.replace("-fake.mean()", "-fake"), "Hinge: the objective 'generator' gives a tensor"),
    "a loss that cannot be searched": (
        HINGE.replace('key = "hinge"', 'key = "hinge"\n    variants = "paper"'),
        "Hinge: variants = 'paper'",
    ),
    "a data set of floats": (STRIPES.replace(".astype(np.uint8)", ""), "Stripes.load('train') returned images of type float64"),
    "a data set without networks": (STRIPES.replace("(1, 28, 28)", "(1, 30, 30)"), "Stripes: image size 30x30"),
    "a metric that returns a tensor": (METRIC.replace(".item()", ""), "Mean returned 'mean': Tensor"),
    "features of one number": (EXTRACTOR.replace("mean((1, 2))", "mean()"), "Rows.features returned torch.float64 []"),
    "a penalty that returns a tensor": (
        PENALTY.replace(".mean()", ""),
        "Weighted.value returned a tensor [4]",
    ),
    "a penalty that returns a number": (
        PENALTY.replace('h["weight"] * discriminator(real).square().mean()', "0.5"),
        "Weighted.value returned float",
    ),
    "a normalisation that defines no layer": (NORMALISATION.replace("def layer", "def layers"), "Half normalises nothing"),
    "a normalisation that changes shapes": (NORMALISATION.replace("nn.Threshold(-1.0, -1.0)", "nn.Flatten(0)"), "Half: a step"),
    "nothing": ("value = 1", "from one of these: Loss, Penalty, Normalisation, DataSet, Metric, Extractor"),
    "no Python": ("class (", "line 1: "),
}


def checked(path: Path, *options: object) -> tuple[int, str, str]:
    results, data = path.parent / "results", path.parent / "data"
    return ganbench("check", path, "--results", results, "--data", data, *options)


def test_a_loss_is_told_with_its_ranges_networks_and_a_step(tmp_path: Path) -> None:
    (tmp_path / "hinge.py").write_text(HINGE)
    code, out, err = checked(tmp_path / "hinge.py", "--dataset", "ring")
    assert code == 0 and not err
    assert "loss hinge" in out and "learning_rate: default 0.0001; wide 1e-05 to 0.01, log-uniform" in out
    assert "generator (" in out and all(f"{variant}: one step on noise like Ring" in out for variant in ("paper", "v1"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hinge.py"]


def test_a_loss_that_is_not_finite_at_once_is_no_error_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "hinge.py").write_text(HINGE.replace("-fake.mean()", "(fake.mean() * 0 - 1).log()"))
    code, out, _ = checked(tmp_path / "hinge.py")
    assert code == 0 and out.count("Warning: not finite") == 2


def test_a_penalty_that_is_not_finite_at_once_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PENALTY.replace(".square()", ".square().sub(1e9).sqrt()"))
    code, out, _ = checked(tmp_path / "mine.py")
    assert code == 0 and out.count("Warning: not finite") == 1


def test_a_penalty_and_a_normalisation_take_a_step_of_a_loss(tmp_path: Path) -> None:
    (tmp_path / "both.py").write_text(PENALTY + NORMALISATION)
    code, out, err = checked(tmp_path / "both.py")
    assert code == 0, err
    assert "penalty mine" in out and "weight: default 1.0; wide 0.1 to 10, log-uniform" in out and "paper: one step" in out
    assert "normalisation half" in out and out.count("of NS GAN with it on noise like Fashion-MNIST gives discriminator") == 2


def test_a_study_s_own_penalty_is_checked(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PENALTY.replace(".mean()", ""))
    (tmp_path / "mine.toml").write_text('losses = ["hinge"]\npenalties = ["none", "mine.py"]\nbudget = "smoke"\n')
    code, _, err = checked(tmp_path / "mine.toml")
    assert code == 2 and err.count("Error: ") == 1 and "Weighted" in err


def test_a_metric_and_an_extractor_score_noise(tmp_path: Path) -> None:
    (tmp_path / "both.py").write_text(METRIC + EXTRACTOR)
    code, out, err = checked(tmp_path / "both.py")
    assert code == 0, err
    assert "metric mean" in out and "needs 1 generated image" in out and "mean 127" in out
    assert "extractor rows" in out and "fid_rows" in out


def test_a_data_set_is_told_by_its_splits_and_images_that_two_of_them_share(tmp_path: Path) -> None:
    (tmp_path / "stripes.py").write_text(STRIPES)
    code, out, err = checked(tmp_path / "stripes.py")
    assert code == 0, err
    assert all(f"{split}: 300 images" in out for split in ("train", "validation", "test"))
    same = STRIPES.replace("self.splits.index(split)", "0")
    (tmp_path / "same.py").write_text(same)
    code, out, _ = checked(tmp_path / "same.py")
    assert same != STRIPES and code == 0 and "test and train share" in out


def test_a_folder_of_images_is_told_by_sizes_and_splits(tmp_path: Path) -> None:
    (tmp_path / "photos" / "one").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for n in range(600):
        Image.fromarray(rng.integers(0, 256, (30, 40), np.uint8)).save(tmp_path / "photos" / "one" / f"{n}.png")
    code, out, err = checked(tmp_path / "photos")
    assert code == 0, err
    assert "images of 1x28x28 in 1 class" in out and "600 files, the smallest has a side of 30" in out
    assert "train: 400 images" in out and "validation: 100 images" in out and "test: 100 images" in out
    assert "--extractor" in out  # one class is not enough for the usual one
    (tmp_path / "photos" / "one" / "0.png").unlink()
    code, _, err = checked(tmp_path / "photos")
    assert code == 2 and "599" in err and "600 are needed" in err


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_ends_with_2_and_a_message_of_two_lines(case: str, tmp_path: Path) -> None:
    text, said = WRONG[case]
    (tmp_path / "own.py").write_text(text)
    code, _, err = checked(tmp_path / "own.py")
    assert code == 2 and said in err and err.startswith("Error: ") and len(err.splitlines()) <= 2


@pytest.mark.slow
def test_a_study_is_told_by_trials_and_cost_and_every_fault_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "hinge.py").write_text(HINGE)
    (tmp_path / "mine.toml").write_text('losses = ["hinge.py", "nsgan"]\ndatasets = ["ring"]\nbudget = "smoke"\nseeds = 3\n')
    code, out, err = checked(tmp_path / "mine.toml")
    assert code == 0, err
    assert "6 trials" in out and "hinge, NS GAN on Ring" in out and "hours of one worker" in out and "not measured" in out
    (tmp_path / "bad.py").write_text(HINGE.replace('"hinge"', '"bad"').replace("-fake.mean()", "-fake"))
    (tmp_path / "metric.py").write_text(METRIC.replace(".item()", ""))
    (tmp_path / "mine.toml").write_text(
        'losses = ["hinge.py", "bad.py"]\nmetrics = ["metric.py"]\nbudget = "smoke"\nseeds = 3\n'
    )
    code, out, err = checked(tmp_path / "mine.toml")
    assert code == 2 and err.count("Error: ") == 2 and "a tensor [4]" in err and "'mean': Tensor" in err
    assert not (tmp_path / "results").exists() and not (tmp_path / "data").exists()


def test_a_published_study_is_checked_by_its_name(tmp_path: Path) -> None:
    code, out, err = ganbench("check", "quick", "--results", tmp_path)
    assert code == 0 and "72 trials" in out, err
