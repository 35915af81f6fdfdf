from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from benchmark.data import DataSet, Split
from benchmark.data.mnist import FashionMNIST
from benchmark.metrics.extractors import classifier
from benchmark.metrics.extractors.classifier import (
    SHIPPED,
    Classifier,
    ClassifierExtractor,
    accuracy,
    train_classifier,
    weights_path,
)
from benchmark.plugins import UserError

CPU = torch.device("cpu")
SIDE = 8  # the network takes images of any size, small ones in a fraction of the time


def halves(count: int, seed: int) -> Split:
    """Noise that is brighter on the left (class 0) or on the right (class 1)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    images = rng.integers(0, 100, (count, 1, SIDE, SIDE), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[0, :, SIDE // 2 * label : SIDE // 2 * (label + 1)] += 150
    return Split(images, labels)


def silent(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def trained() -> Classifier:
    # Batch normalisation's running averages need some thirty steps before the network is of use outside training.
    return train_classifier(halves(512, seed=0), 2, epochs=8, report=silent)


def test_a_trained_classifier_separates_classes_that_it_has_not_seen_the_images_of(trained: Classifier) -> None:
    assert accuracy(trained, halves(300, seed=1)) > 0.97


def test_accuracy_is_the_share_of_right_classes() -> None:
    network, split = Classifier(1, 2), halves(40, seed=0)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([0.0, 1.0]))  # says class 1 to everything
    assert accuracy(network, split) == pytest.approx(split.labels.mean())


def weights_after_training(seed: int) -> dict[str, torch.Tensor]:
    return train_classifier(halves(256, seed=0), 2, seed=seed, epochs=1, report=silent).state_dict()


def test_the_same_seed_gives_the_same_weights_whatever_the_global_random_state() -> None:
    first = weights_after_training(seed=3)
    torch.manual_seed(12345)
    state = torch.get_rng_state()
    second = weights_after_training(seed=3)
    assert torch.equal(torch.get_rng_state(), state)  # nor does training move that
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_seed_gives_other_weights() -> None:
    first, second = weights_after_training(seed=3), weights_after_training(seed=4)
    assert not torch.equal(first["head.weight"], second["head.weight"])


def test_training_reports_each_epoch() -> None:
    lines: list[str] = []
    train_classifier(halves(128, seed=0), 2, epochs=2, report=lines.append)
    assert [line.partition(":")[0] for line in lines] == ["epoch 1 of 2", "epoch 2 of 2"]


class Halves(DataSet):
    key, name, image_shape, classes = "halves", "Halves", (1, SIDE, SIDE), 2
    splits = ("train", "test")

    def load(self, split: str) -> Split:
        return halves(256, seed=["train", "test"].index(split))


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Trains one epoch instead of all; holds a row per training."""
    done: list[int] = []

    def quickly(train: Split, classes: int, report: classifier.Progress) -> Classifier:
        done.append(len(train.images))
        return train_classifier(train, classes, epochs=1, report=report)

    monkeypatch.setattr(classifier, "train_classifier", quickly)
    return done


def test_missing_weights_are_trained_once_and_kept_in_the_data_folder(tmp_path: Path, trainings: list[int]) -> None:
    lines: list[str] = []
    first = ClassifierExtractor(Halves(tmp_path), CPU, lines.append)
    second = ClassifierExtractor(Halves(tmp_path), CPU, lines.append)
    assert trainings == [256]
    assert (tmp_path / "classifiers" / "halves.safetensors").is_file()
    assert str(tmp_path / "classifiers" / "halves.safetensors") in lines[0]
    assert sum("test accuracy" in line for line in lines) == 1
    images = torch.from_numpy(halves(4, seed=2).images)
    assert torch.equal(first.features(images), second.features(images))
    assert first.fingerprint == second.fingerprint


def extractor_of(folder: Path, weights: bytes, dataset: type[DataSet] = Halves) -> ClassifierExtractor:
    path = weights_path(dataset(folder))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(weights)
    return ClassifierExtractor(dataset(folder), CPU)


def test_features_are_the_last_hidden_layer_in_float64(tmp_path: Path, trained: Classifier) -> None:
    images = torch.from_numpy(halves(5, seed=2).images)
    features = extractor_of(tmp_path, save(trained.state_dict())).features(images)
    assert features.shape == (5, 96)
    assert features.dtype == torch.float64
    assert features.isfinite().all()
    scores = trained.head(features.float())
    # Batch norm folded into the convolutions rounds otherwise.
    torch.testing.assert_close(scores, trained(images.float() / 255), rtol=1e-4, atol=1e-5)


def test_an_images_features_do_not_depend_on_the_images_beside_it(tmp_path: Path, trained: Classifier) -> None:
    extractor = extractor_of(tmp_path, save(trained.state_dict()))
    images = torch.from_numpy(halves(6, seed=2).images)
    with torch.inference_mode():
        torch.testing.assert_close(extractor.features(images)[:2], extractor.features(images[:2]))


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    prints = [extractor_of(tmp_path, save(Classifier(1, 2).state_dict())).fingerprint for _ in range(2)]
    assert prints[0] != prints[1]


@pytest.mark.parametrize(
    "weights",
    [
        b"not safetensors at all",
        b"",
        save({"weight": torch.zeros(3)}),
        save(Classifier(1, 10).state_dict()),
        save(Classifier(3, 2).state_dict()),
    ],
    ids=["other format", "empty", "other network", "other classes", "other channels"],
)
def test_weights_of_the_wrong_kind_are_an_error_of_two_lines_that_names_the_file(tmp_path: Path, weights: bytes) -> None:
    with pytest.raises(UserError, match=r"halves\.safetensors is not a classifier's weights for Halves") as error:
        extractor_of(tmp_path, weights)
    assert len(str(error.value).splitlines()) == 2


def test_fashion_mnists_weights_ship_with_the_package(tmp_path: Path) -> None:
    path = SHIPPED / "fashion-mnist.safetensors"
    assert weights_path(FashionMNIST(tmp_path)) == path
    content = path.read_bytes()
    assert len(content) < 500_000
    network = Classifier(FashionMNIST.image_shape[0], FashionMNIST.classes)
    network.load_state_dict(load(content))
    assert all(value.isfinite().all() for value in network.state_dict().values())
