"""Inception with random weights, in the file format of the published ones: the arithmetic does not care."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import torch
from torch import nn
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3


class Blank(FeatureExtractorInceptionV3):  # type: ignore[misc]
    """The network before its weights are loaded."""

    def load_state_dict(self, *args: object, **kwargs: object) -> None:
        pass


def write_random_weights(path: Path, features: int = 2048) -> None:
    """Writes weights of which all but the first ``features`` channels of the last block are 0.

    torch-fidelity takes the eigenvalues of a 2048 x 2048 matrix in seconds, less if most of it is 0.
    """
    with patch("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", lambda *a, **k: {}):
        torch.manual_seed(0)
        network = Blank("inception-v3-compat", ["2048"])
    # Normalise by what a few images give: through 20 layers of random weights nothing else would reach the end.
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    network.train()
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    network(images.expand(-1, 3, -1, -1))
    with torch.no_grad():
        for module in network.Mixed_7c.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight[features:] = 0
    torch.save(network.state_dict(), path)
