"""Tests the metric ``copying`` on generators that copy in a known way: ``python -m measurements.copying [EXTRACTOR]``.

Each draws 2,000 images of Fashion-MNIST: training images, unchanged or changed, or images not used for training.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmark.data import find_dataset
from benchmark.metrics.copying import Copying
from benchmark.metrics.extractors import find_extractor

COUNT = 2_000
Images = NDArray[np.uint8]


def noisy(images: Images, deviation: float) -> Images:
    """The images with normal noise; its standard deviation is a share of white."""
    noise = np.random.default_rng(1).normal(0, 255 * deviation, images.shape)
    return np.rint(images + noise).clip(0, 255).astype(np.uint8)


def drawn(train: Images, test: Images, validation: Images) -> dict[str, Images]:
    """The images of each generator, by description."""
    rng = np.random.default_rng(0)
    copies = train[rng.choice(len(train), COUNT, replace=False)]
    held_out = validation[rng.choice(len(validation), COUNT, replace=False)]
    return {
        "training images": copies,
        "half of them, half validation images": np.concatenate([copies[: COUNT // 2], held_out[COUNT // 2 :]]),
        "a fiftieth of them": np.concatenate([copies[: COUNT // 50], held_out[COUNT // 50 :]]),
        "ten of them again and again": np.resize(copies[:10], copies.shape),
        "noise of 0.005 on them": noisy(copies, 0.005),
        "noise of 0.02 on them": noisy(copies, 0.02),
        "noise of 0.05 on them": noisy(copies, 0.05),
        "0.9 times as bright": np.rint(0.9 * copies).astype(np.uint8),
        "one pixel to the right": np.roll(copies, 1, axis=3),
        "mirrored": copies[..., ::-1].copy(),
        "test images": test[rng.choice(len(test), COUNT, replace=False)],
        "validation images": held_out,
        "ten of these again and again": np.resize(held_out[:10], held_out.shape),
    }


def main(key: str) -> None:
    torch.set_num_threads(1)
    dataset = find_dataset("fashion-mnist")(Path("data"))
    metric = Copying.by(find_extractor(key)(dataset, torch.device("cpu"), print), dataset)
    train, test, validation = (dataset.load(split).images for split in ("train", "test", "validation"))
    for name, images in drawn(train, test, validation).items():
        began = time.process_time()
        scores = metric.of(torch.from_numpy(images))
        seconds = time.process_time() - began
        print(f"{name:40}", *(f"{value:9.4f}" for value in scores.values()), f"{seconds:5.1f} s of processor time", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "layers")
