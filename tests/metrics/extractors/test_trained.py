from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save
from support.halves import Halves, halves

from benchmark.data import Split, find_dataset
from benchmark.metrics.extractors import trained
from benchmark.metrics.extractors.classifier import Classifier, ClassifierExtractor
from benchmark.metrics.extractors.layers import LayeredClassifier, LayersExtractor
from benchmark.metrics.extractors.trained import SHIPPED, SmallClassifier, TrainedExtractor
from benchmark.metrics.extractors.training import Progress, accuracy, train_classifier
from benchmark.metrics.features import features_of
from benchmark.metrics.fid import feature_statistics, frechet_distance
from benchmark.plugins import UserError

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
EXTRACTORS = [ClassifierExtractor, LayersExtractor]
IMAGES = torch.from_numpy(halves(6, seed=2).images)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Trains one epoch instead of all; holds a row per training."""
    done: list[int] = []

    def quickly(untrained: Callable[[], SmallClassifier], train: Split, report: Progress) -> SmallClassifier:
        done.append(len(train.images))
        return train_classifier(untrained, train, epochs=1, report=report)

    monkeypatch.setattr(trained, "train_classifier", quickly)
    return done


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_missing_weights_are_trained_once_and_kept_in_the_data_folder(
    tmp_path: Path, trainings: list[int], extractor: type[TrainedExtractor]
) -> None:
    lines: list[str] = []
    first, second = (extractor(Halves(tmp_path), CPU, lines.append) for _ in range(2))
    path = tmp_path / "classifiers" / f"{extractor.prefix}halves.safetensors"
    assert trainings == [256] and path.is_file() and str(path) in lines[0]
    assert sum("test accuracy" in line for line in lines) == 1
    assert torch.equal(first.features(IMAGES), second.features(IMAGES))
    assert first.fingerprint == second.fingerprint


def test_extractors_of_one_data_set_do_not_share_a_file(tmp_path: Path) -> None:
    assert len({extractor.own_path(Halves(tmp_path)) for extractor in EXTRACTORS}) == 2


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_the_weights_do_not_depend_on_the_number_of_threads(
    tmp_path: Path, trainings: list[int], extractor: type[TrainedExtractor]
) -> None:
    paths = [tmp_path / "one", tmp_path / "two"]
    for threads, path in enumerate(paths, start=1):
        torch.set_num_threads(threads)
        extractor.make_weights(Halves(tmp_path), path, lambda line: None)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def extractor_of(extractor: type[TrainedExtractor], folder: Path, weights: bytes) -> TrainedExtractor:
    path = extractor.own_path(Halves(folder))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(weights)
    return extractor(Halves(folder), CPU)


Learnt = tuple[TrainedExtractor, SmallClassifier]


@pytest.fixture(scope="module", params=EXTRACTORS)
def learnt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    """An extractor that has learnt to tell the halves, and its network as it was trained."""
    cls, real = request.param, halves(512, seed=0)
    network = train_classifier(lambda: cls.network_class(1, 2), real, epochs=8, report=lambda line: None)
    network.standardise(torch.from_numpy(real.images))
    return extractor_of(cls, tmp_path_factory.mktemp("learnt"), network.saved()), network


def test_features_and_class_scores_are_those_of_the_network_as_trained_in_float64(learnt: Learnt) -> None:
    extractor, network = learnt
    x = IMAGES.float() / 255
    # Batch norm folded into the convolutions rounds otherwise.
    with torch.inference_mode():
        torch.testing.assert_close(extractor.features(IMAGES), network.features(x).double(), rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(extractor.class_scores(IMAGES), network(x).double(), rtol=1e-3, atol=1e-4)


def test_an_images_features_do_not_depend_on_the_images_beside_it(learnt: Learnt) -> None:
    extractor, _ = learnt
    with torch.inference_mode():
        torch.testing.assert_close(extractor.features(IMAGES)[:2], extractor.features(IMAGES[:2]))


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_images_of_one_grey_have_a_finite_fid(learnt: Learnt, grey: int) -> None:
    extractor, _ = learnt
    flat = torch.full_like(IMAGES, grey)
    real, constant = (feature_statistics(features_of(extractor, images)) for images in (IMAGES, flat))
    assert not constant.covariance.round(9).any()
    for pair in ((real, constant), (constant, real)):
        assert 0 < frechet_distance(*pair) < float("inf")
    assert frechet_distance(constant, constant) == pytest.approx(0, abs=1e-6)


def test_it_is_known_how_well_an_extractor_learnt_unless_its_weights_are_shipped(
    tmp_path: Path, learnt: Learnt, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor, network = learnt
    dataset = Halves(tmp_path)
    test = dataset.load("test")
    said = extractor.learnt(dataset)
    assert said is not None
    assert said.accuracy == pytest.approx(accuracy(network, test)) and said.accuracy > 0.9
    assert said.chance == pytest.approx(max(test.labels.mean(), 1 - test.labels.mean()))
    monkeypatch.setattr(type(extractor), "class_scores", None)
    assert extractor.learnt(dataset) == said  # kept beside the data
    fashion = find_dataset("fashion-mnist")(tmp_path)
    assert type(extractor)(fashion, CPU).learnt(fashion) is None


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_other_weights_have_another_fingerprint(tmp_path: Path, extractor: type[TrainedExtractor]) -> None:
    weights = [extractor.network_class(1, 2).saved() for _ in range(2)]
    first, second, third = (extractor_of(extractor, tmp_path, w).fingerprint for w in (*weights, weights[0]))
    assert first == third != second


@pytest.mark.parametrize(
    "weights",
    [
        b"not safetensors at all",
        b"",
        save({"weight": torch.zeros(3)}),
        Classifier(1, 10).saved(),
        Classifier(3, 2).saved(),
        LayeredClassifier(1, 2).saved(),
    ],
    ids=["other format", "empty", "other tensors", "other classes", "other channels", "other network"],
)
def test_weights_of_the_wrong_kind_are_an_error_of_two_lines_that_names_the_file(tmp_path: Path, weights: bytes) -> None:
    with pytest.raises(UserError, match=r"halves\.safetensors .*'classifier' for Halves") as error:
        extractor_of(ClassifierExtractor, tmp_path, weights)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("extractor", "dataset"),
    [(ClassifierExtractor, "fashion-mnist"), *((LayersExtractor, name) for name in ("fashion-mnist", "mnist", "triangles"))],
)
def test_weights_ship_with_the_package(tmp_path: Path, extractor: type[TrainedExtractor], dataset: str) -> None:
    path = extractor.weights_path(find_dataset(dataset)(tmp_path))
    assert path.parent == SHIPPED and path.stat().st_size < 500_000
    assert all(value.isfinite().all() for value in load_file(path).values())
    extractor(find_dataset(dataset)(tmp_path), CPU)  # fetches no data
