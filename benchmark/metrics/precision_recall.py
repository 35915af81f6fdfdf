"""Precision, recall and F1 on a known manifold: images of triangles and squares."""

from __future__ import annotations

import hashlib
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.data import DataSet
from benchmark.data.polygons import SIDE, Triangles
from benchmark.metrics.base import Generated, Metric, Report
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.manifold import inversion, polygon_manifold
from benchmark.plugins import UserError

NAME = "one_minus_f1"
DELTA = 0.75
CURVE = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
IMAGES = 1024
VERSION = 1  # raise it when a change to the searches changes scores
Floats = NDArray[np.float64]


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of precision and recall; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def scores_at(delta: float, to_manifold: Floats, to_generator: Floats) -> dict[str, float]:
    """F1, precision and recall: the shares of generated and of test images whose squared distance is below ``delta``."""
    precision, recall = float((to_manifold < delta).mean()), float((to_generator < delta).mean())
    return {"f1": f1(precision, recall), "precision": precision, "recall": recall}


class PrecisionRecall(Metric):
    """How many generated images are polygons, and how many test polygons the generator can draw.

    Precision is the share of generated images whose squared Euclidean distance to the nearest image of a convex polygon with
    m corners (2m free coordinates) is below delta. Recall is the share of test images x with min_z |G(z) - x|^2 below delta.
    Pixels are in [0, 1], delta = 0.75, and up to 1,024 images of each kind are used. Both searches may miss the minimum, so
    both scores are lower bounds. The columns ``precision_at_<delta>`` and ``recall_at_<delta>`` give the curve over delta.

    A blank white image is near the manifold, since the thinnest triangles cover a third of a pixel. Precision alone therefore
    says little; recall and F1 reveal such generators.

    Source: Lucic et al. 2018, section 6.
    """

    key = "precision-recall"

    def __init__(self, dataset: Triangles, device: torch.device) -> None:
        self.name, self.device = NAME, device
        rng = np.random.default_rng(dataset.seed)
        bank = polygon_manifold.polygon_bank(dataset, polygon_manifold.BANK, rng)
        self.manifold = polygon_manifold.PolygonManifold(bank)
        self.test = dataset.load("test").images[:IMAGES]
        self.real_images = len(self.test)
        settings = [VERSION, dataset.key, dataset.recipe(), DELTA, CURVE, IMAGES]
        self.fingerprint = hashlib.sha256(repr(settings).encode()).hexdigest()[:12]

    @classmethod
    def named(cls, extractor: type[Extractor]) -> str:
        return NAME

    @classmethod
    def on(cls, dataset: DataSet, extractor: type[Extractor], device: torch.device, report: Report) -> Self:
        if not isinstance(dataset, Triangles):
            raise UserError(
                f"The metric {cls.key!r} needs a data set with a known manifold; {dataset.name} has none.\n"
                "It is defined on triangles and squares, triangles-v1 and squares-v1."
            )
        return cls(dataset, device)

    def __call__(self, generated: Generated) -> dict[str, float]:
        to_manifold = self.to_manifold(generated.images[:IMAGES])
        to_generator = self.to_generator(generated)
        scores = scores_at(DELTA, to_manifold, to_generator)
        curve: dict[str, float] = {}
        for delta in CURVE:
            at = scores_at(delta, to_manifold, to_generator)
            curve |= {f"{name}_at_{delta:g}": at[name] for name in ("precision", "recall")}
        return {self.name: 1 - scores["f1"], **scores, **curve}

    def to_manifold(self, images: Tensor) -> Floats:
        """The squared distances [n] from generated images uint8 [n, 1, 28, 28] to the nearest polygon.

        Raises:
            ValueError: the images have another type or shape, or there are none.
        """
        if images.dtype != torch.uint8 or images.shape[1:] != (1, SIDE, SIDE) or not len(images):
            raise ValueError(f"images {images.dtype} {tuple(images.shape)}: uint8 [n, 1, {SIDE}, {SIDE}] are needed, n > 0")
        return self.manifold.nearest(images[:, 0].cpu().numpy() / 255)[0]

    def to_generator(self, generated: Generated) -> Floats:
        """The squared distances [n] from the test images to the nearest image found in the generator's range."""
        test = torch.from_numpy(self.test).to(self.device).float() / 255
        distances, _ = inversion.nearest_latents(generated.generate, test, generated.prior)
        return distances.double().cpu().numpy()
