"""Times precision and recall of one full-width generator: ``python tests/metrics/speed.py``."""

from __future__ import annotations

import time

import torch

from benchmark.data.polygons import Squares, Triangles
from benchmark.metrics import Generated
from benchmark.metrics.precision_recall import IMAGES, PrecisionRecall
from benchmark.models.infogan import Architecture, Generator


def main() -> None:
    network = Generator(Architecture((1, 28, 28))).train()
    with torch.no_grad():
        network(torch.rand(256, 64) * 2 - 1)  # moving averages of one batch
        images = (255 * network.eval()(torch.rand(IMAGES, 64) * 2 - 1)).round().to(torch.uint8)
    generated = Generated(images, network.requires_grad_(False), "uniform")
    for dataset in (Triangles(), Squares()):
        begin = time.perf_counter()
        metric = PrecisionRecall(dataset, torch.device("cpu"))
        prepared = time.perf_counter()
        metric.to_manifold(images)
        searched = time.perf_counter()
        metric.to_generator(generated)
        end = time.perf_counter()
        print(
            f"{dataset.name}: {prepared - begin:.0f} s once, then {searched - prepared:.0f} s for precision of {IMAGES} images "
            f"and {end - searched:.0f} s for recall, {torch.get_num_threads()} threads"
        )


if __name__ == "__main__":
    main()
