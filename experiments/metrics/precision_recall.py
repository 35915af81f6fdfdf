"""Tests precision and recall on generators that draw polygons well or badly in a known way."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from benchmark.data.polygons import SIDE, Triangles
from benchmark.metrics.base import Generated
from benchmark.metrics.precision_recall import CURVE, DELTA, IMAGES, PrecisionRecall
from benchmark.models.infogan import LATENT

from .polygon_generators import PolygonGenerator


def generators(dataset: Triangles) -> dict[str, Callable[[Tensor], Tensor]]:
    """Generators of images float [n, 1, 28, 28] from latents U[-1, 1]^64, by description."""
    every = PolygonGenerator(dataset)
    noise = torch.randn(LATENT, SIDE**2, generator=torch.Generator().manual_seed(0))

    def blurred(z: Tensor) -> Tensor:
        white = F.pad(every(z), (3,) * 4, value=1.0)
        sharp: Tensor = gaussian_blur(white, [7, 7], [1.0, 1.0])[..., 3:-3, 3:-3]
        return sharp

    return {
        "draws every polygon": every,
        "drops a third of the angles": PolygonGenerator(dataset, turn=2 / 3),
        "blurs by one pixel": blurred,
        "draws noise": lambda z: (z.to(noise.dtype) @ noise).sigmoid().view(-1, 1, SIDE, SIDE),
    }


def try_out(dataset: Triangles, device: torch.device, report: Callable[[str], None]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables: precision, recall and F1 of every generator at delta = 0.75, and precision and recall against delta."""
    metric = PrecisionRecall(dataset, device)
    z = torch.rand(IMAGES, LATENT, generator=torch.Generator().manual_seed(1)) * 2 - 1
    rows, curve = [], []
    for name, generate in generators(dataset).items():
        with torch.no_grad():
            images = (255 * generate(z)).round().to(torch.uint8)
        scores = metric(Generated(images, generate, "uniform"))
        rows.append(
            {"generator": name, "images": IMAGES, "delta": DELTA, **{k: scores[k] for k in ("precision", "recall", "f1")}}
        )
        curve += [
            {"generator": name, "delta": delta, **{k: scores[f"{k}_at_{delta:g}"] for k in ("precision", "recall")}}
            for delta in CURVE
        ]
        report(f"{name}: precision {scores['precision']:.3f}, recall {scores['recall']:.3f}, F1 {scores['f1']:.3f}")
    return pd.DataFrame(rows), pd.DataFrame(curve)
