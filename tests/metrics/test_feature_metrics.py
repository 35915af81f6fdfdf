"""KID, improved precision and recall, and the Inception score, beside torch-fidelity's own pipeline and closed forms.

It mirrors no module: one pair of image sets is scored by the metrics of three.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from support.torch_fidelity_extractors import register
from torch import Tensor
from torch.utils.data import Dataset
from torch_fidelity import calculate_metrics

from benchmark.data import Split
from benchmark.metrics import Generated, ImageMetric, features, find_metric
from benchmark.metrics.base import require_images_for
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.extractors.classifier import ClassifierExtractor
from benchmark.metrics.features import cached_features, features_of
from benchmark.metrics.fid import FID
from benchmark.metrics.improved_precision_recall import ImprovedPrecisionRecall
from benchmark.metrics.inception_score import InceptionScore
from benchmark.metrics.kid import KID
from benchmark.plugins import UserError


class Pixels(Extractor):
    """Pixels in [0, 1] as features and as class scores."""

    key = "pixels"

    def __init__(self) -> None:
        self.fingerprint, self.seen = "one", 0

    def features(self, images: Tensor) -> Tensor:
        self.seen += len(images)
        return images.flatten(1).double() / 255

    def class_scores(self, images: Tensor) -> Tensor:
        return images.flatten(1).double() / 25


class WithoutScores(Pixels):
    key = "without-scores"
    class_scores = Extractor.class_scores


class Pictures(Dataset[Tensor]):
    """Images as torch-fidelity wants them: uint8 with three channels."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = torch.from_numpy(images).expand(-1, 3, -1, -1)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        return self.images[index]


def random_images(seed: int, n: int = 120, darkest: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(darkest, 256, (n, 1, 3, 3), dtype=np.uint8)


def torch_fidelitys(**which: bool | int) -> dict[str, float]:
    result: dict[str, float] = calculate_metrics(
        input1=Pictures(random_images(1, darkest=60)),
        input2=Pictures(random_images(0)),
        feature_extractor=register(Pixels(), 1),
        cuda=False,
        cache=False,
        verbose=False,
        **which,
    )
    return result


def test_kid_is_torch_fidelitys_on_the_same_features(tmp_path: Path) -> None:
    ours = KID(Pixels(), random_images(0), tmp_path).of(torch.from_numpy(random_images(1, darkest=60)))
    theirs = torch_fidelitys(kid=True, kid_subset_size=120)
    assert list(ours) == ["kid_pixels", "kid_std_pixels"]
    assert ours["kid_pixels"] == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-6)


def test_kid_of_two_images_each_matches_hand_values(tmp_path: Path) -> None:
    # Features 0 and 1 in each of 9 pixels: k(x, y) = (x.y / 9 + 1)^3 is 1 or, of white with white, 8.
    white, black = np.full((1, 1, 3, 3), 255, np.uint8), np.zeros((1, 1, 3, 3), np.uint8)
    real, generated = np.concatenate([black, black]), np.concatenate([white, white])
    kid = KID(Pixels(), real, tmp_path).of(torch.from_numpy(generated))["kid_pixels"]
    assert kid == pytest.approx(8 + 1 - 2 * 1)


def test_improved_precision_and_recall_are_torch_fidelitys_on_the_same_features(tmp_path: Path) -> None:
    ours = ImprovedPrecisionRecall(Pixels(), random_images(0), tmp_path).of(torch.from_numpy(random_images(1, darkest=60)))
    theirs = torch_fidelitys(prc=True)
    assert 0 < ours["neighbour_recall_pixels"] < ours["neighbour_precision_pixels"]  # dark images are missing
    for name in ("precision", "recall"):
        assert ours[f"neighbour_{name}_pixels"] == pytest.approx(theirs[name])
    assert ours["neighbour_one_minus_f1_pixels"] == pytest.approx(1 - theirs["f_score"])


def test_the_inception_score_of_sure_and_evenly_spread_answers_is_the_number_of_classes() -> None:
    scores = torch.eye(9).repeat(400, 1)
    images = (255 * scores).to(torch.uint8).view(-1, 1, 3, 3)
    result = InceptionScore(Pixels()).of(images)
    # Logits of 10.2 for one class of nine, else 0.
    sure = math.exp(10.2) / (math.exp(10.2) + 8)
    other = (1 - sure) / 8
    expected = math.exp(sure * math.log(9 * sure) + 8 * other * math.log(9 * other))
    assert result["is_pixels"] == pytest.approx(expected, rel=0.02)  # each tenth of the images has not quite equal classes
    assert result["minus_is_pixels"] == -result["is_pixels"]


def test_the_inception_score_of_equal_images_is_one() -> None:
    assert InceptionScore(Pixels()).of(torch.from_numpy(random_images(0, n=1)).repeat(50, 1, 1, 1))[
        "is_pixels"
    ] == pytest.approx(1)


def test_the_inception_score_needs_class_scores() -> None:
    with pytest.raises(UserError, match="'without-scores'"):
        InceptionScore(WithoutScores())


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("KID", "kid_classifier"),
        ("improved precision recall", "neighbour_one_minus_f1_classifier"),
        ("Inception Score", "minus_is_classifier"),
        ("fid", "fid_classifier"),
    ],
)
def test_metrics_are_found_by_any_spelling_and_name_their_extractor(name: str, column: str) -> None:
    assert find_metric(name).named(ClassifierExtractor) == column


def test_a_metrics_first_score_is_the_one_it_is_named_by(tmp_path: Path) -> None:
    images = torch.from_numpy(random_images(1))
    generated = Generated(images, lambda z: z, "uniform")
    for metric in (
        KID(Pixels(), random_images(0), tmp_path),
        ImprovedPrecisionRecall(Pixels(), random_images(0), tmp_path),
        InceptionScore(Pixels()),
    ):
        assert next(iter(metric(generated))) == metric.name


@pytest.mark.parametrize("metric", [KID, ImprovedPrecisionRecall])
def test_a_fixed_choice_of_many_real_images_is_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: type[KID | ImprovedPrecisionRecall]
) -> None:
    real, generated = random_images(0), torch.from_numpy(random_images(1, darkest=60))
    monkeypatch.setattr(features, "COMPARED", 60)
    whole = metric(Pixels(), real, tmp_path)
    assert whole.fingerprint == "one-60of120"
    every_second = metric(Pixels(), real[::2], tmp_path)
    assert every_second.fingerprint == "one"
    assert whole.of(generated) == every_second.of(generated)


def test_features_of_real_images_are_kept_by_their_content(tmp_path: Path) -> None:
    extractor = Pixels()
    first = cached_features(extractor, random_images(0), tmp_path)
    assert np.array_equal(cached_features(extractor, random_images(0), tmp_path), first) and extractor.seen == 120
    cached_features(extractor, random_images(0).reshape(120, 1, 9, 1), tmp_path)  # the same bytes in another shape
    cached_features(extractor, random_images(2), tmp_path)
    assert extractor.seen == 3 * 120
    np.testing.assert_allclose(first, random_images(0).reshape(120, 9) / 255, rtol=1e-6)


def test_features_that_are_not_finite_are_an_error_that_names_the_extractor() -> None:
    extractor = Pixels()
    extractor.features = lambda images: torch.full((len(images), 4), torch.nan)  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="'pixels' contain NaN"):
        features_of(extractor, torch.from_numpy(random_images(0)))
    with pytest.raises(ValueError, match="no images"):
        features_of(Pixels(), torch.zeros(0, 1, 3, 3, dtype=torch.uint8))


def test_a_metric_says_with_how_many_real_images_it_compares(tmp_path: Path) -> None:
    real = random_images(0)
    of_splits = FID(Pixels(), {"": Split(real[:7], np.zeros(7)), "_validation": Split(real, np.zeros(len(real)))}, tmp_path)
    assert of_splits.real_images == 7 and KID(Pixels(), real, tmp_path).real_images == len(real)
    assert InceptionScore(Pixels()).real_images is None


@pytest.mark.parametrize("name", ["fid", "kid", "improved-precision-recall", "inception-score"])
def test_the_least_number_of_images_that_a_metric_declares_has_a_score_and_one_less_has_none(name: str, tmp_path: Path) -> None:
    metric = find_metric(name)
    assert issubclass(metric, ImageMetric)
    rng, extractor = np.random.default_rng(0), Pixels()
    real = rng.integers(0, 256, (20, 1, 4, 4), dtype=np.uint8)
    images = torch.from_numpy(rng.integers(0, 256, (metric.least_images, 1, 4, 4), dtype=np.uint8))
    made: ImageMetric
    if metric is FID:
        made = FID(extractor, {"": Split(real, np.zeros(20, np.int64))}, tmp_path)
    else:
        made = InceptionScore(extractor) if metric is InceptionScore else metric(extractor, real, tmp_path)  # type: ignore[call-arg, arg-type]
    assert math.isfinite(made.of(images)[made.name])
    with contextlib.suppress(ValueError, RuntimeError), warnings.catch_warnings(action="ignore"):
        assert not math.isfinite(made.of(images[1:])[made.name])
    require_images_for([metric], metric.least_images)
    with pytest.raises(UserError, match=f"1: the metric '{name}' needs {metric.least_images} images at least"):
        require_images_for([metric], 1)
