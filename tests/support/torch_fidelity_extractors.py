"""Our extractors inside torch-fidelity, whose metrics then run on the same features."""

from __future__ import annotations

from torch import Tensor
from torch_fidelity import register_feature_extractor
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

from benchmark.metrics.extractors import Extractor

LAYER = "features"


def register(extractor: Extractor, channels: int) -> str:
    """Registers the extractor with torch-fidelity and returns its name there, for ``calculate_metrics(feature_extractor=...)``.

    torch-fidelity hands over images uint8 [n, 3, H, W]; an extractor for one channel is given the first of them.
    """
    name = f"ganbench-{extractor.key}-{extractor.fingerprint}-{channels}"
    if name in FEATURE_EXTRACTORS_REGISTRY:
        return name

    class Registered(FeatureExtractorBase):  # type: ignore[misc]
        def __init__(self, name: str, features_list: list[str], **kwargs: object) -> None:
            super().__init__(name, features_list)

        @staticmethod
        def get_provided_features_list() -> tuple[str, ...]:
            return (LAYER,)

        @staticmethod
        def get_default_feature_layer_for_metric(metric: str) -> str:
            return LAYER

        @staticmethod
        def can_be_compiled() -> bool:
            return False

        def forward(self, images: Tensor) -> tuple[Tensor]:
            return (extractor.features(images[:, :channels]),)

    register_feature_extractor(name, Registered)
    return name
