"""Inception-v3 with the 2015-12-05 weights, as torch-fidelity implements it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import torch
from torch import Tensor

from benchmark.data import DataSet
from benchmark.metrics.extractors.base import Extractor
from benchmark.plugins import UserError, one_line

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
SHA256_PREFIX = "6726825d"


class InceptionExtractor(Extractor):
    """Features [n, 2048] of the layer pool_3; one channel is repeated to three.

    The weights are read from the data folder, or fetched by torch-fidelity.
    """

    key = "inception"

    def __init__(self, dataset: DataSet, device: torch.device, report: Callable[[str], None] = print) -> None:
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
        except ImportError as error:
            raise UserError("The extractor 'inception' needs torch-fidelity: pip install torch-fidelity.") from error
        path = dataset.folder / WEIGHTS
        if path.exists() and not hashlib.sha256(path.read_bytes()).hexdigest().startswith(SHA256_PREFIX):
            raise UserError(f"{path} is corrupt: its SHA-256 does not begin with {SHA256_PREFIX}.\nDelete it or replace it.")
        try:
            network = FeatureExtractorInceptionV3(
                "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(path) if path.exists() else None
            )
        except (OSError, RuntimeError) as error:
            raise UserError(
                f"Inception's weights cannot be had: {one_line(error)}\nPut {WEIGHTS} into {dataset.folder}."
            ) from error
        self.fingerprint = SHA256_PREFIX
        self.network = network.to(device).eval()
        self.device = device

    def features(self, images: Tensor) -> Tensor:
        images = images.to(self.device)
        features: Tensor
        (features,) = self.network(images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images)
        return features.double()
