"""The Inception score: how certain a classifier is of each image, and how varied its predictions are."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor
from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, KEY_METRIC_ISC_STD, isc_features_to_metric

from benchmark.data import DataSet
from benchmark.metrics.base import ImageMetric
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.features import CHUNK
from benchmark.plugins import UserError

SPLITS = 10


class InceptionScore(ImageMetric):
    """``is_<extractor>``: exp E KL(p(y|x) || p(y)), averaged over ten parts of the images, as in torch-fidelity.

    Higher is better, so the main score is its negative. It uses no real images.

    Source: Salimans et al. 2016, section 4.
    """

    key = "inception-score"
    least_images = SPLITS

    def __init__(self, extractor: Extractor) -> None:
        if type(extractor).class_scores is Extractor.class_scores:
            raise UserError(f"The Inception score needs class scores, which the extractor {extractor.key!r} does not give.")
        self.extractor, self.fingerprint = extractor, extractor.fingerprint
        self.name = f"minus_is_{extractor.key}"

    @classmethod
    def named(cls, extractor: type[Extractor]) -> str:
        return f"minus_is_{extractor.key}"

    @classmethod
    def by(cls, extractor: Extractor, dataset: DataSet) -> Self:
        return cls(extractor)

    def of(self, images: Tensor) -> dict[str, float]:
        with torch.inference_mode():
            scores = torch.cat([self.extractor.class_scores(chunk).cpu() for chunk in images.split(CHUNK)])
        if not scores.isfinite().all():
            raise ValueError(f"class scores of the extractor {self.extractor.key!r} contain NaN or infinite values")
        result = isc_features_to_metric(scores, splits=SPLITS)
        mean, spread = result[KEY_METRIC_ISC_MEAN], result[KEY_METRIC_ISC_STD]
        return {self.name: -mean, f"is_{self.extractor.key}": mean, f"is_std_{self.extractor.key}": spread}
