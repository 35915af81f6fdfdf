from __future__ import annotations

import torch
from support.halves import halves

from benchmark.metrics.extractors.classifier import Classifier


def test_features_are_the_last_hidden_layer() -> None:
    network = Classifier(1, 2).eval()
    x = torch.from_numpy(halves(5, seed=2).images).float() / 255
    features = network.features(x)
    assert features.shape == (5, 96)
    torch.testing.assert_close(network.head(features), network(x))
