"""Times the parts of an evaluation: ``python -m measurements.evaluation``.

Prints medians of processor time on one thread, measured in turn: drawing 10,000 images from a generator with the quick
budget's width, their features by the default extractor and by the earlier default, and the distances to test and validation
images.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmark.data import find_dataset
from benchmark.losses import find_loss
from benchmark.metrics.extractors import find_extractor
from benchmark.metrics.features import features_of
from benchmark.metrics.fid import feature_statistics, frechet_distance
from benchmark.training.memory import keep_memory
from benchmark.training.trainer import Trainer, evaluation_latents

ROUNDS, IMAGES, CPU = 7, 10_000, torch.device("cpu")


def main() -> None:
    torch.set_num_threads(1)
    keep_memory()
    dataset, loss = find_dataset("fashion-mnist")(Path("data")), find_loss("lsgan")()
    images = torch.from_numpy(dataset.training_images().images)
    trainer = Trainer(loss, images, [dict(loss.defaults)], [0], width=0.25, batch=64, device=CPU, compiled=False)
    for _ in trainer.advance(2):
        pass
    z = evaluation_latents(IMAGES, loss.prior)
    drawn = trainer.generate(0, z)
    parts: dict[str, Callable[[], object]] = {f"drawing {IMAGES:,} images": lambda: trainer.generate(0, z)}
    for key in ("layers", "classifier"):
        extractor = find_extractor(key)(dataset, CPU, print)
        parts[f"features by {key}"] = lambda e=extractor: features_of(e, drawn)  # type: ignore[misc]
    features = features_of(find_extractor("layers")(dataset, CPU, print), drawn)
    real = feature_statistics(features + 1)
    parts["statistics and two distances"] = lambda: [frechet_distance(feature_statistics(features), real) for _ in range(2)]
    seconds: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(ROUNDS):
        for name, work in parts.items():
            began = time.process_time()
            work()
            seconds[name].append(time.process_time() - began)
    for name, values in seconds.items():
        print(f"{name}: {statistics.median(values):.2f} s")


if __name__ == "__main__":
    main()
