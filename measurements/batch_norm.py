"""How many latents recalibrated batch norm needs: ``python -m measurements.batch_norm [--loss lsgan] [--steps 1000]``.

Trains a generator with the quick budget's width on Fashion-MNIST. Prints the time to draw 10,000 images and their FID with
batch norm's averages, then time and FID with recalibrated statistics, for several numbers and sets of latents.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor

from benchmark.data import find_dataset
from benchmark.losses import find_loss
from benchmark.metrics.extractors import find_extractor
from benchmark.metrics.fid import FID
from benchmark.training.draws import latents
from benchmark.training.generator import draw, generator_of
from benchmark.training.recalibration import recalibrated
from benchmark.training.trainer import Trainer, evaluation_latents

CPU = torch.device("cpu")
COUNTS, SETS, IMAGES = (500, 1_000, 2_000, 5_000), 3, 10_000


def main(loss_name: str, steps: int, data: Path) -> None:
    torch.set_num_threads(1)
    dataset, loss = find_dataset("fashion-mnist")(data), find_loss(loss_name)()
    fid = FID.by(find_extractor("layers")(dataset, CPU, print), dataset)
    images = torch.from_numpy(dataset.training_images().images)
    trainer = Trainer(loss, images, [dict(loss.defaults)], [0], width=0.25, batch=64, device=CPU, compiled=False)
    for _ in trainer.advance(steps):
        pass
    weights, z = trainer.evaluated_weights(0), evaluation_latents(IMAGES, loss.prior)

    def score(statistics: dict[str, Tensor]) -> tuple[float, float, float]:
        """The seconds that drawing the images takes, their FID and their mean pixel value."""
        begun = time.process_time()
        drawn = draw(generator_of(loss, trainer.architecture, statistics), z)
        seconds = time.process_time() - begun
        return seconds, fid.of(drawn)[fid.name], drawn.float().mean().item() / 255

    seconds, value, mean = score(weights)
    print(f"{loss.name}, {steps} steps: {IMAGES} images in {seconds:.2f} s; averages: FID {value:.2f}, mean pixel {mean:.3f}")
    print(f"mean pixel of the data {images.float().mean().item() / 255:.3f}", flush=True)
    for count in COUNTS:
        found = []
        for seed in range(SETS):
            u = torch.rand(count, 64, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
            begun = time.process_time()
            statistics = recalibrated(trainer.generator_template(), weights, latents(u, loss.prior))
            found.append((time.process_time() - begun, *score(statistics)[1:]))
        times, values, means = (torch.tensor(column) for column in zip(*found, strict=True))
        print(
            f"{count} latents, {SETS} sets: {times.mean():.2f} s, FID {values.mean():.2f} +- {values.std():.2f}, "
            f"mean pixel {means.mean():.3f}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loss", default="lsgan")
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--data", type=Path, default=Path("data"))
    arguments = parser.parse_args()
    main(arguments.loss, arguments.steps, arguments.data)
