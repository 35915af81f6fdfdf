"""How FID on each layer of EfficientNet-Lite0 rates damaged images: ``python -m measurements.efficientnet_layers``.

The layers of the extractor ``efficientnet`` were chosen with this table. For sets of layers (0 is the stem, the others are
blocks) it gives the FID with half of the classes missing, and the FIDs of undamaged validation images and of each damage,
divided by it. A number after the command replaces 64, the largest side in pixels to which images are enlarged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmark.data import DataSet, find_dataset
from benchmark.metrics.extractors import efficientnet
from benchmark.metrics.extractors.efficientnet import LAYERS, EfficientNetExtractor, read_weights
from benchmark.metrics.extractors.efficientnet_lite0 import published
from benchmark.metrics.features import CHUNK, Floats
from benchmark.metrics.fid import feature_statistics, frechet_distance

COUNT = 2_000
GENERATOR = torch.Generator().manual_seed(0)
# Changes of images float [n, 1, H, W] in [0, 1].
DAMAGES: dict[str, Callable[[Tensor], Tensor]] = {
    "noise 0.02": lambda x: x + 0.02 * torch.randn(x.shape, generator=GENERATOR),
    "noise 0.05": lambda x: x + 0.05 * torch.randn(x.shape, generator=GENERATOR),
    "gain 2": lambda x: 2 * x,
    "thresholded": lambda x: (x > 0.5).float(),
    "inverted": lambda x: 1 - x,
    "halves exchanged": lambda x: x.roll(x.shape[-1] // 2, -1),
}
SETS = ([1], [2], [4], [11], [16], [5, 11, 15], [1, 2, 4, 6, 9], [0, 1, 2, 9], list(LAYERS))


def damaged(dataset: DataSet) -> dict[str, Tensor]:
    """Images uint8 [n, 1, H, W] by damage; the test images come first, then the undamaged validation images."""
    test, validation, train = (dataset.load(split) for split in ("test", "validation", "train"))
    images, missing = validation.images[:COUNT].copy(), validation.labels[:COUNT] % 2 == 0
    clean = torch.from_numpy(images.copy())
    images[missing] = train.images[train.labels % 2 == 1][: missing.sum()]
    result = {
        "test": torch.from_numpy(test.images[:COUNT]),
        "validation": clean,
        "half of the classes": torch.from_numpy(images),
    }
    for name, damage in DAMAGES.items():
        result[name] = (255 * damage(clean / 255).clamp(0, 1)).round().to(torch.uint8)
    return result


def all_layers(extractor: EfficientNetExtractor, images: Tensor) -> list[Floats]:
    """The features [n, channels] of each of the network's projections."""
    network = published(torch.load(BytesIO(read_weights()), weights_only=True)).to(memory_format=torch.channels_last)
    statistics = [projector.statistics() for projector in network.projectors()]
    parts: list[list[Tensor]] = [[] for _ in statistics]
    with torch.inference_mode():
        for chunk in images.split(CHUNK):
            for part, x, (mean, deviation) in zip(
                parts, network.projections(extractor.prepared(chunk)), statistics, strict=True
            ):
                part.append((x.mean((2, 3)).double() - mean) / deviation)
    return [torch.cat(part).numpy() for part in parts]


def main() -> None:
    dataset = find_dataset("fashion-mnist")(Path("data"))
    extractor = EfficientNetExtractor(dataset, torch.device("cpu"))
    features = {name: all_layers(extractor, images) for name, images in damaged(dataset).items()}
    rows = []
    for layers in SETS:
        chosen = {name: feature_statistics(np.hstack([f[i] for i in layers])) for name, f in features.items()}
        fids = {name: frechet_distance(statistics, chosen["test"]) for name, statistics in chosen.items() if name != "test"}
        half = fids["half of the classes"]
        rows.append({"layers": layers, "features": len(chosen["test"].mean), "half of the classes": round(half, 2)})
        rows[-1] |= {name: round(value / half, 2) for name, value in fids.items() if name != "half of the classes"}
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    efficientnet.SIDE = int(sys.argv[1]) if len(sys.argv) > 1 else efficientnet.SIDE
    main()
