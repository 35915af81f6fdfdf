"""Whether the scores see what they should: generators whose precision and recall are known beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from benchmark.data import Split
from benchmark.data.mnist import FashionMNIST
from benchmark.data.polygons import SIDE, Squares, Triangles, render
from benchmark.data.polygons_v1 import SquaresV1, TrianglesV1
from benchmark.losses import find_loss
from benchmark.metrics import Generated, find_metric, precision_recall
from benchmark.metrics.extractors.classifier import ClassifierExtractor
from benchmark.metrics.manifold import polygon_manifold
from benchmark.metrics.precision_recall import PrecisionRecall, f1, scores_at
from benchmark.plugins import UserError
from benchmark.training.trainer import Trainer, evaluation_latents
from experiments.metrics.polygon_generators import PolygonGenerator

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
IMAGES = 64


class FewTriangles(Triangles):
    def load(self, split: str) -> Split:
        return Split(render(self.vertices()[:IMAGES])[:, None], np.zeros(IMAGES, np.int64))


class FewSquares(Squares, FewTriangles):
    pass


@pytest.fixture(scope="module")
def metric() -> PrecisionRecall:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polygon_manifold, "BANK", 5_000)
        return PrecisionRecall(FewTriangles(), CPU)


def generated(generate: object) -> Generated:
    z = torch.rand(IMAGES, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert callable(generate)
    with torch.no_grad():
        images: Tensor = generate(z)
    return Generated((255 * images).round().to(torch.uint8), generate, "uniform")


def test_a_generator_of_all_triangles_has_precision_and_recall_near_one(metric: PrecisionRecall) -> None:
    scores = metric(generated(PolygonGenerator(FewTriangles())))
    assert scores["precision"] == 1
    assert scores["recall"] > 0.9
    assert scores["one_minus_f1"] == 1 - scores["f1"] < 0.06
    assert next(iter(scores)) == metric.name == PrecisionRecall.named(ClassifierExtractor)


def test_a_generator_that_drops_a_third_of_the_angles_loses_recall_and_not_precision(metric: PrecisionRecall) -> None:
    scores = metric(generated(PolygonGenerator(FewTriangles(), turn=2 / 3)))
    assert scores["precision"] == 1
    assert 0.5 < scores["recall"] < 0.85


def test_noise_scores_zero(metric: PrecisionRecall) -> None:
    noise = torch.randn(64, SIDE**2, generator=torch.Generator().manual_seed(0))

    def generate(z: Tensor) -> Tensor:
        return (z @ noise).sigmoid().view(-1, 1, SIDE, SIDE)

    scores = metric(generated(generate))
    assert (scores["f1"], scores["precision"], scores["recall"], scores["one_minus_f1"]) == (0, 0, 0, 1)


def test_blurred_triangles_lose_precision(metric: PrecisionRecall) -> None:
    sharp = PolygonGenerator(FewTriangles())
    images = avg_pool2d(torch.nn.functional.pad(generated(sharp).images.double() / 255, (2,) * 4, value=1.0), 5, stride=1)
    blurred = (255 * images).round().to(torch.uint8)
    assert (metric.to_manifold(blurred) < precision_recall.DELTA).mean() < 0.2


class FewTrianglesV1(TrianglesV1, FewTriangles):
    pass


class FewSquaresV1(SquaresV1, FewTriangles):
    pass


@pytest.mark.parametrize("dataset", [FewSquares(), FewTrianglesV1(), FewSquaresV1()], ids=lambda d: d.key)
def test_images_of_test_polygons_have_precision_one_on_every_other_manifold_too(dataset: Triangles) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polygon_manifold, "BANK", 5_000)
        metric = PrecisionRecall(dataset, CPU)
    others = dataset.draw(32, np.random.default_rng(5))
    assert metric.to_manifold(torch.from_numpy(render(others))[:, None]).max() < 0.1


def test_a_generator_of_all_triangles_of_v1_has_precision_and_recall_near_one_there_and_not_off_its_place() -> None:
    dataset = FewTrianglesV1()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polygon_manifold, "BANK", 5_000)
        metric = PrecisionRecall(dataset, CPU)
    scores = metric(generated(PolygonGenerator(dataset)))
    assert scores["precision"] == 1 and scores["recall"] > 0.9
    # The same triangles 7/16 of a pixel up and left are triangles, but not those of the test images.
    assert metric(generated(PolygonGenerator(FewTriangles())))["recall"] < 0.5


def test_a_white_image_is_near_the_manifold_since_the_thinnest_triangles_cover_hardly_anything(metric: PrecisionRecall) -> None:
    white = torch.full((1, 1, SIDE, SIDE), 255, dtype=torch.uint8)
    degrees = np.deg2rad([0, 10, 20])  # the data's smallest gaps
    thinnest = SIDE / 2 + 10.5 * np.stack([np.cos(degrees), np.sin(degrees)], -1)[None]
    assert np.square(1 - render(thinnest) / 255).sum() < 0.1
    assert metric.to_manifold(white)[0] < 0.1


def test_a_generator_in_training_can_be_scored(metric: PrecisionRecall) -> None:
    loss = find_loss("nsgan")()
    population = Trainer(
        loss, torch.from_numpy(metric.test), [loss.defaults], [0], width=1 / 16, batch=8, device=CPU, compiled=False
    )
    list(population.advance(2))
    z = evaluation_latents(IMAGES, loss.prior)
    scores = metric(Generated(population.generate(0, z), population.generator(0), loss.prior))
    assert (scores["precision"], scores["recall"]) == (0, 0)  # after two steps everything is grey
    generate = population.generator(0)
    assert not generate(z).requires_grad and generate(z.requires_grad_()).requires_grad


def test_scores_at_delta_match_hand_values() -> None:
    # Below 0.75: 3 of 4 generated images, 1 of 2 test images; 2 * 0.75 * 0.5 / 1.25 = 0.6
    scores = scores_at(0.75, np.array([0.1, 0.2, 0.74, 0.75]), np.array([0.3, 9.0]))
    assert scores == {"f1": pytest.approx(0.6), "precision": 0.75, "recall": 0.5}


def test_f1_of_nothing_is_zero() -> None:
    assert (f1(0, 0), f1(1, 0), f1(1, 1)) == (0, 0, 1)


def test_the_curve_rises_with_delta_through_the_score(metric: PrecisionRecall) -> None:
    scores = metric(generated(PolygonGenerator(FewTriangles(), turn=2 / 3)))
    for name in ("precision", "recall"):
        curve = [scores[f"{name}_at_{delta:g}"] for delta in precision_recall.CURVE]
        assert curve == sorted(curve)
        assert scores[f"{name}_at_0.5"] <= scores[name] <= scores[f"{name}_at_1"]


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(0, 1, SIDE, SIDE, dtype=torch.uint8),
        torch.zeros(2, 3, SIDE, SIDE, dtype=torch.uint8),
        torch.zeros(2, 1, SIDE, SIDE),
    ],
    ids=["none", "three channels", "float"],
)
def test_images_of_the_wrong_kind_are_an_error(metric: PrecisionRecall, images: Tensor) -> None:
    with pytest.raises(ValueError, match="uint8"):
        metric.to_manifold(images)


def test_a_data_set_without_a_known_manifold_is_an_error_of_two_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="triangles and squares") as error:
        find_metric("Precision Recall").on(FashionMNIST(tmp_path), ClassifierExtractor, CPU, print)
    assert len(str(error.value).splitlines()) == 2


def test_every_data_set_of_polygons_has_a_fingerprint_of_its_own(
    metric: PrecisionRecall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polygon_manifold, "BANK", 10)
    others = [PrecisionRecall(dataset, CPU).fingerprint for dataset in (FewSquares(), FewTrianglesV1(), FewSquaresV1())]
    assert len({metric.fingerprint, *others}) == 4
