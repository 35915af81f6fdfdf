from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.torch import save
from scipy import linalg
from support.torch_fidelity_extractors import register
from torch import Tensor
from torch.utils.data import Dataset
from torch_fidelity import calculate_metrics
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from benchmark.data import DataSet, Split
from benchmark.metrics import features
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.extractors.classifier import Classifier, ClassifierExtractor
from benchmark.metrics.fid import FID, Statistics, feature_statistics, frechet_distance

Floats = NDArray[np.float64]


def gaussian(mean: Floats | list[float], covariance: Floats | list[list[float]]) -> Statistics:
    return Statistics(np.array(mean, float), np.array(covariance, float))


def random_gaussian(rng: np.random.Generator, dimension: int, samples: int) -> Statistics:
    """Of random correlated samples: singular when these are no more than the dimensions."""
    return feature_statistics(rng.normal(size=(samples, dimension)) @ rng.normal(size=(dimension, dimension)))


def test_statistics_match_hand_values() -> None:
    statistics = feature_statistics(np.array([[0.0, 1.0], [2.0, 5.0]]))
    np.testing.assert_array_equal(statistics.mean, [1, 3])
    np.testing.assert_array_equal(statistics.covariance, [[2, 4], [4, 8]])  # divided by n - 1 = 1


def test_statistics_of_one_dimension_have_a_covariance_matrix() -> None:
    assert feature_statistics(np.array([[1.0], [3.0]])).covariance.tolist() == [[2.0]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_have_no_statistics(value: float) -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        feature_statistics(np.array([[0.0, 1.0], [2.0, value], [4.0, 5.0]]))


@pytest.mark.parametrize("shape", [(1, 3), (0, 3), (3,)])
def test_fewer_than_two_rows_of_features_have_no_statistics(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least two rows"):
        feature_statistics(np.zeros(shape))


def test_equal_gaussians_are_at_distance_zero() -> None:
    a = random_gaussian(np.random.default_rng(0), 20, 100)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-10 * np.trace(a.covariance))


def test_shifted_gaussians_are_at_the_squared_length_of_the_shift() -> None:
    a = random_gaussian(np.random.default_rng(0), 3, 100)
    shifted = Statistics(a.mean + np.array([1, -2, 3]), a.covariance)
    assert frechet_distance(a, shifted) == pytest.approx(14)


def test_in_one_dimension_means_and_standard_deviations_add_their_squared_differences() -> None:
    # m 1 and 4, s 2 and 7
    assert frechet_distance(gaussian([1], [[4]]), gaussian([4], [[49]])) == pytest.approx(3**2 + 5**2)


def test_commuting_covariances_add_the_squared_differences_of_their_standard_deviations() -> None:
    rotation = linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    a, b = np.array([1.0, 2.0, 3.0]), np.array([5.0, 0.0, 1.0])
    first, second = (gaussian([0] * 3, rotation @ np.diag(s**2) @ rotation.T) for s in (a, b))
    assert frechet_distance(first, second) == pytest.approx(np.square(a - b).sum())


@pytest.mark.parametrize("dimension", [2, 10, 60])
def test_distance_agrees_with_the_definition_by_scipys_matrix_square_root(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    a, b = (random_gaussian(rng, dimension, 10 * dimension) for _ in range(2))
    root = linalg.sqrtm(a.covariance @ b.covariance).real
    expected = np.square(a.mean - b.mean).sum() + np.trace(a.covariance + b.covariance - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-10)


def test_distance_of_singular_covariances_agrees_with_that_of_the_features_themselves() -> None:
    # With C = X'X / (n - 1) of centred features X, the trace of (C1 C2)^(1/2) is the sum of the singular values of
    # X1 X2' / (n - 1), which squares nothing and so loses no digits.
    rng, n = np.random.default_rng(0), 20
    x, y = (rng.normal(size=(n, 96)) @ rng.normal(size=(96, 96)) for _ in range(2))
    dx, dy = x - x.mean(0), y - y.mean(0)
    trace_root = linalg.svdvals(dx @ dy.T).sum() / (n - 1)
    traces = (np.square(dx).sum() + np.square(dy).sum()) / (n - 1)
    expected = np.square(x.mean(0) - y.mean(0)).sum() + traces - 2 * trace_root
    assert frechet_distance(feature_statistics(x), feature_statistics(y)) == pytest.approx(expected, rel=1e-7)


def test_distance_agrees_with_torch_fidelitys_on_singular_covariances() -> None:
    rng = np.random.default_rng(1)
    x, y = (rng.normal(size=(20, 96)) @ rng.normal(size=(96, 96)) for _ in range(2))
    theirs = fid_statistics_to_metric(*(fid_features_to_statistics(torch.from_numpy(f)) for f in (x, y)), verbose=False)
    ours = frechet_distance(feature_statistics(x), feature_statistics(y))
    assert ours == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)


def test_constant_features_add_their_squared_difference_and_the_others_variance() -> None:
    constant = feature_statistics(np.full((50, 3), 2.0))
    assert frechet_distance(constant, feature_statistics(np.full((50, 3), 5.0))) == pytest.approx(27)
    spread = random_gaussian(np.random.default_rng(0), 3, 100)
    expected = np.square(spread.mean - 2).sum() + np.trace(spread.covariance)
    assert frechet_distance(constant, spread) == pytest.approx(expected)
    assert frechet_distance(spread, constant) == pytest.approx(expected)


def test_a_nearly_singular_covariance_is_at_the_distance_of_its_standard_deviations() -> None:
    # Commuting covariances with standard deviations down to 1e-7: Cholesky's last pivots are all rounding.
    rotation = linalg.qr(np.random.default_rng(0).normal(size=(40, 40)))[0]
    a, b = np.logspace(0, -7, 40), np.logspace(0, -3, 40)
    first, second = (gaussian(np.zeros(40), rotation @ np.diag(s**2) @ rotation.T) for s in (a, b))
    assert frechet_distance(first, second) == pytest.approx(np.square(a - b).sum(), rel=1e-6)


def test_both_square_roots_give_the_same_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    a, b = (random_gaussian(rng, 60, 600) for _ in range(2))
    by_cholesky = frechet_distance(a, b)

    def fail(matrix: Floats) -> Floats:
        raise np.linalg.LinAlgError

    monkeypatch.setattr(np.linalg, "cholesky", fail)
    assert frechet_distance(a, b) == pytest.approx(by_cholesky, rel=1e-12)


def test_statistics_of_extractors_with_other_features_cannot_be_compared() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="different extractors cannot be compared: 3 against 4"):
        frechet_distance(random_gaussian(rng, 3, 10), random_gaussian(rng, 4, 10))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(2, 30), st.integers(2, 30), st.floats(1e-3, 1e3))
def test_distance_is_symmetric_and_not_negative(seed: int, dimension: int, n: int, m: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = random_gaussian(rng, dimension, n), random_gaussian(rng, dimension, m)
    b = Statistics(scale * b.mean, scale**2 * b.covariance)
    # The last digit of the traces is lost, and up to half of the digits where a covariance is singular.
    rounding = 1e-7 * (np.trace(a.covariance) + np.trace(b.covariance))
    assert frechet_distance(a, b) >= -rounding
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9, abs=rounding)


class Pixels(Extractor):
    """The pixels themselves as features; counts how many images it is given."""

    key = "pixels"

    def __init__(self, fingerprint: str = "one") -> None:
        self.fingerprint = fingerprint
        self.seen = 0

    def features(self, images: Tensor) -> Tensor:
        self.seen += len(images)
        return images.flatten(1).double()


def random_images(seed: int, n: int = 30, shape: tuple[int, ...] = (1, 2, 2)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def split_of(images: NDArray[np.uint8]) -> Split:
    return Split(images, np.zeros(len(images), np.int64))


def test_fid_is_the_distance_between_the_features_of_generated_and_of_real_images(tmp_path: Path) -> None:
    real, generated = random_images(0), random_images(1)
    score = FID(Pixels(), {"": split_of(real)}, tmp_path)
    expected = frechet_distance(*(feature_statistics(i.reshape(30, 4).astype(float)) for i in (generated, real)))
    assert score.name == "fid_pixels"
    assert score.of(torch.from_numpy(generated)) == {"fid_pixels": pytest.approx(expected, rel=1e-12)}


def test_fid_against_the_validation_split_has_a_name_of_its_own(tmp_path: Path) -> None:
    test, validation = split_of(random_images(0)), split_of(random_images(2))
    generated = torch.from_numpy(random_images(1))
    both = FID(Pixels(), {"": test, "_validation": validation}, tmp_path).of(generated)
    alone = FID(Pixels(), {"": validation}, tmp_path).of(generated)
    assert list(both) == ["fid_pixels", "fid_pixels_validation"]
    assert both["fid_pixels_validation"] == alone["fid_pixels"] != both["fid_pixels"]


def test_fid_does_not_depend_on_the_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    score, generated = FID(Pixels(), {"": split_of(random_images(0))}, tmp_path), torch.from_numpy(random_images(1))
    whole = score.of(generated)
    monkeypatch.setattr(features, "CHUNK", 7)
    assert score.of(generated) == whole


def test_fid_of_images_with_undefined_features_is_an_error_and_not_a_number(tmp_path: Path) -> None:
    score = FID(Pixels(), {"": split_of(random_images(0))}, tmp_path)
    score.extractor.features = lambda images: torch.full((len(images), 4), torch.nan).double()  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="NaN"):
        score.of(torch.from_numpy(random_images(1)))


def test_statistics_of_real_images_are_kept_with_every_digit(tmp_path: Path) -> None:
    first, second = Pixels(), Pixels()
    real, generated = split_of(random_images(0)), torch.from_numpy(random_images(1))
    before, after = FID(first, {"": real}, tmp_path / "cache"), FID(second, {"": real}, tmp_path / "cache")
    assert (first.seen, second.seen) == (30, 0)
    assert before.of(generated) == after.of(generated)


@pytest.mark.parametrize(
    ("seed", "fingerprint", "transform"),
    [(1, "one", np.asarray), (0, "two", np.asarray), (0, "one", lambda images: images[:-1])],
    ids=["other images", "other weights", "fewer images"],
)
def test_kept_statistics_serve_neither_other_images_nor_other_weights(
    tmp_path: Path, seed: int, fingerprint: str, transform: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    FID(Pixels(), {"": split_of(random_images(0))}, tmp_path)
    images, other = transform(random_images(seed)), Pixels(fingerprint)
    score = FID(other, {"": split_of(images)}, tmp_path)
    assert other.seen == len(images)
    np.testing.assert_array_equal(score.real[""].mean, images.reshape(-1, 4).mean(axis=0))


class Many(DataSet):
    """A data set of more images than a score compares with."""

    key, name, image_shape, classes = "many", "Many", (1, 2, 2), 1
    counts = {"validation": 10, "test": 9}

    def load(self, split: str) -> Split:
        return split_of(random_images(len(split), self.counts[split]))


def test_fid_compares_with_a_fixed_choice_of_a_large_splits_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "COMPARED", 4)
    dataset, generated = Many(tmp_path), random_images(1)
    score = FID.by(Pixels(), dataset)
    # At equal distances: 4 of 9 are numbers 0, 9 / 4, 18 / 4 and 27 / 4, rounded down; 4 of 10 are 0, 2.5, 5 and 7.5.
    chosen = {"fid_pixels": ("test", [0, 2, 4, 6]), "fid_pixels_validation": ("validation", [0, 2, 5, 7])}
    ours = feature_statistics(generated.reshape(-1, 4).astype(float))
    for name, (split, rows) in chosen.items():
        theirs = feature_statistics(dataset.load(split).images[rows].reshape(-1, 4).astype(float))
        assert score.of(torch.from_numpy(generated))[name] == pytest.approx(frechet_distance(ours, theirs), rel=1e-9)
    assert score.fingerprint == "one-4of9_validation-4of10"


@pytest.mark.parametrize(
    ("test", "validation", "fingerprint"),
    [(9, 10, "one"), (10, 11, "one_validation-10of11"), (11, 10, "one-10of11")],
)
def test_the_fingerprint_tells_a_choice_and_nothing_where_all_images_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test: int, validation: int, fingerprint: str
) -> None:
    monkeypatch.setattr(features, "COMPARED", 10)
    monkeypatch.setattr(Many, "counts", {"test": test, "validation": validation})
    extractor = Pixels()
    assert FID.by(extractor, Many(tmp_path)).fingerprint == fingerprint
    assert extractor.seen == min(test, 10) + min(validation, 10)


def test_ten_thousand_of_celebas_test_images_count() -> None:
    numbers = features.compared(np.arange(19_962)[:, None].astype(np.uint16))[:, 0]  # type: ignore[arg-type]
    assert len(numbers) == len(set(numbers)) == 10_000
    assert numbers[0] == 0 and numbers[-1] == 19_960  # 9,999 * 1.9962 = 19,960.0038
    assert set(np.diff(numbers)) == {1, 2}
    whole = random_images(0, 10_000)
    assert features.compared(whole) is whole
    assert len(features.compared(random_images(0, 10_001))) == 10_000


class Noise(DataSet):
    """A data set with a classifier of random weights."""

    key, name, classes = "noise", "Noise", 4

    def __init__(self, folder: Path, channels: int, seed: int) -> None:
        super().__init__(folder)
        self.image_shape = (channels, 28, 28)  # type: ignore[misc]
        torch.manual_seed(seed)
        weights = folder / "classifiers" / "noise.safetensors"
        weights.parent.mkdir(parents=True)
        weights.write_bytes(save(Classifier(channels, self.classes).state_dict()))

    def load(self, split: str) -> Split:
        raise AssertionError("its weights are there: nothing needs training")


class Pictures(Dataset[Tensor]):
    """Images as torch-fidelity wants them: uint8 with three channels."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = torch.from_numpy(images).expand(-1, 3, -1, -1)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        return self.images[index]


def torch_fidelitys_fid(name: str, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    metrics = calculate_metrics(
        input1=Pictures(a),
        input2=Pictures(b),
        fid=True,
        feature_extractor=name,
        cuda=False,
        cache=False,
        verbose=False,
        save_cpu_ram=True,
    )
    return float(metrics["frechet_inception_distance"])


@pytest.mark.parametrize("channels", [1, 3])
def test_fid_agrees_with_torch_fidelitys_on_the_same_features(tmp_path: Path, channels: int) -> None:
    extractor = ClassifierExtractor(Noise(tmp_path, channels, seed=channels), torch.device("cpu"))
    real, generated = (random_images(seed, 200, (channels, 28, 28)) for seed in (0, 1))
    generated //= 2
    ours = FID(extractor, {"": split_of(real)}, tmp_path).of(torch.from_numpy(generated))["fid_classifier"]
    assert ours == pytest.approx(torch_fidelitys_fid(register(extractor, channels), generated, real), rel=1e-6)


def test_an_extractor_may_be_registered_again(tmp_path: Path) -> None:
    extractor = ClassifierExtractor(Noise(tmp_path, 1, seed=7), torch.device("cpu"))
    assert register(extractor, 1) == register(extractor, 1)


def test_the_distance_of_equal_gaussians_is_never_negative() -> None:
    rng = np.random.default_rng(0)
    for n, d in ((5, 20), (50, 20), (200, 64)):
        same = feature_statistics(rng.normal(size=(n, d)) * 1e3)
        assert 0 <= frechet_distance(same, same) < 1e-3
