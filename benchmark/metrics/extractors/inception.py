"""Inception-v3 with the 2015-12-05 weights, as torch-fidelity implements it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor
from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3, FeatureExtractorInceptionV3

from benchmark.data import DataSet
from benchmark.files import read_plain
from benchmark.metrics.extractors.base import Extractor
from benchmark.plugins import UserError, one_line

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
SHA256_PREFIX = "6726825d"


class InceptionExtractor(Extractor):
    """Features [n, 2048] of the layer pool_3, computed in float32; a single channel is repeated to three.

    The weights are read from the file ``weights``; by default from the data folder, where they are downloaded on first use.
    """

    key = "inception"
    reduced: ClassVar[bool] = False

    def __init__(
        self, dataset: DataSet, device: torch.device, report: Callable[[str], None] = print, weights: Path | None = None
    ) -> None:
        path = weights or dataset.folder / WEIGHTS
        if weights is None and not path.exists():
            report(f"Downloading Inception's weights (95 MB) to {path}.")
            fetch(path)
        self.fingerprint = check(path) + ("-bf16" if self.reduced else "")
        network = FeatureExtractorInceptionV3(
            "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(path)
        )
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.device = device

    def forward(self, images: Tensor, layer: str) -> Tensor:
        """The activations float64 [n, ...] of the layer that torch-fidelity calls ``layer``."""
        images = images.to(self.device)
        images = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
        self.network.features_list = [layer]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.reduced):
            (activations,) = self.network(images)
        result: Tensor = activations.double()
        return result

    def features(self, images: Tensor) -> Tensor:
        return self.forward(images, "2048")

    def class_scores(self, images: Tensor) -> Tensor:
        return self.forward(images, "logits_unbiased")


class ReducedInceptionExtractor(InceptionExtractor):
    """Inception's features in bfloat16: several times as fast. They differ slightly, so their scores have another name."""

    key = "inception_bf16"
    reduced = True


def fetch(path: Path) -> None:
    """Downloads the weights that torch-fidelity publishes.

    Raises:
        UserError: the download failed; the message says what to do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(URL_INCEPTION_V3, str(path), hash_prefix=SHA256_PREFIX, progress=False)
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"Inception's weights could not be downloaded from {URL_INCEPTION_V3}: {one_line(error)}\n"
            f"Put {WEIGHTS} into {path.parent} ('ganbench score' also takes --inception-weights PATH)."
        ) from error


def check(path: Path) -> str:
    """The first digits of the file's SHA-256, after checking that they are those of the published weights.

    Raises:
        UserError: the file is missing, is another one, or contains more than tensors.
    """
    try:
        digest = hashlib.sha256(read_plain(path)).hexdigest()
    except OSError as error:
        raise UserError(f"No Inception weights at {path}: {error.strerror}.\nExpected: {WEIGHTS} of torch-fidelity.") from error
    if not digest.startswith(SHA256_PREFIX):
        raise UserError(
            f"{path} is corrupt, or is not {WEIGHTS}: its SHA-256 begins with {digest[:8]}, not {SHA256_PREFIX}.\n"
            "Delete it or replace it."
        )
    try:
        # torch-fidelity reads the file without this protection; eight matching digits do not rule out foreign code.
        torch.load(path, weights_only=True, map_location="meta")
    except Exception as error:
        raise UserError(f"{path} is not a weights file: {one_line(error)}\nDelete it or replace it.") from error
    return SHA256_PREFIX
