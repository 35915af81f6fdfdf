"""Times precision and recall, Inception in float32 and bfloat16, and EfficientNet: ``python -m measurements.metrics``."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from support.random_inception import write_random_weights

from benchmark.data import find_dataset
from benchmark.data.polygons import Squares, Triangles
from benchmark.metrics import Generated
from benchmark.metrics.extractors import inception
from benchmark.metrics.extractors.efficientnet import EfficientNetExtractor
from benchmark.metrics.features import Floats, features_of
from benchmark.metrics.fid import feature_statistics, frechet_distance
from benchmark.metrics.precision_recall import IMAGES, PrecisionRecall
from benchmark.models.infogan import Architecture, Generator
from experiments.metrics.degradations import noisy

CPU = torch.device("cpu")
INCEPTION_IMAGES, EFFICIENTNET_IMAGES = 100, 10_000


def timed(name: str, work: Callable[[], object]) -> None:
    """Runs the work and prints its wall time and processor time; on a busy machine the wall time means little."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name}: {wall:.0f} s, {cpu:.0f} s of processor time, {torch.get_num_threads()} threads", flush=True)


def precision_and_recall() -> None:
    """Times a full-width generator with random weights: the number of search steps does not depend on its images."""
    network = Generator(Architecture((1, 28, 28))).train()
    with torch.no_grad():
        network(torch.rand(256, 64) * 2 - 1)  # moving averages of one batch
        images = (255 * network.eval()(torch.rand(IMAGES, 64) * 2 - 1)).round().to(torch.uint8)
    generated = Generated(images, network.requires_grad_(False), "uniform")
    for dataset in (Triangles(), Squares()):
        metric = PrecisionRecall(dataset, CPU)
        timed(f"{dataset.name}, precision of {IMAGES} images", lambda m=metric: m.to_manifold(images))  # type: ignore[misc]
        timed(f"{dataset.name}, recall of {IMAGES} images", lambda m=metric: m.to_generator(generated))  # type: ignore[misc]


def bfloat16(data: Path) -> None:
    """FID between noisy and clean Fashion-MNIST images with random weights, in both precisions."""
    dataset = find_dataset("fashion-mnist")(data)
    test = torch.from_numpy(dataset.load("test").images[: 2 * INCEPTION_IMAGES])
    clean, other = test.split(INCEPTION_IMAGES)
    levels = (0.02, 0.1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / inception.WEIGHTS
        write_random_weights(path)
        inception.SHA256_PREFIX = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        distances = {}
        for kind in (inception.InceptionExtractor, inception.ReducedInceptionExtractor):
            extractor = kind(dataset, CPU, print, path)
            features: list[Floats] = []
            images = [other, *(noisy(clean, level, torch.Generator().manual_seed(0)) for level in levels)]
            timed(
                f"{extractor.key}, {len(images) * INCEPTION_IMAGES} images",
                lambda e=extractor, i=images, f=features: f.extend(features_of(e, x) for x in i),  # type: ignore[misc]
            )
            real, *degraded = map(feature_statistics, features)
            distances[extractor.key] = np.array([frechet_distance(d, real) for d in degraded])
    full, reduced = distances["inception"], distances["inception_bf16"]
    for level, a, b in zip(levels, full, reduced, strict=True):
        print(f"FID at noise {level}: float32 {a:.5g}, bfloat16 {b:.5g}: {b / a - 1:+.2%}")


def efficientnet() -> None:
    """Times its features for image sizes that are enlarged to 56 and to 64 pixels."""
    extractor = EfficientNetExtractor(Triangles(), CPU)
    for shape in ((1, 28, 28), (3, 32, 32)):
        images = torch.randint(0, 256, (EFFICIENTNET_IMAGES, *shape), dtype=torch.uint8)
        name = f"{extractor.key}, {EFFICIENTNET_IMAGES:,} images of {shape[1]} pixels"
        timed(name, lambda i=images: features_of(extractor, i))  # type: ignore[misc]


if __name__ == "__main__":
    precision_and_recall()
    efficientnet()
    bfloat16(Path("data"))
