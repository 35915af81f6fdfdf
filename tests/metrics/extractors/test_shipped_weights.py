"""The classifier that ships for Fashion-MNIST, on the real test images.

It mirrors no module: what it tests is a file of weights.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmark.data import find_dataset
from benchmark.metrics.extractors.classifier import SHIPPED, Classifier, accuracy
from benchmark.plugins import UserError


def test_the_shipped_classifier_names_at_least_92_percent_of_fashion_mnist_s_test_images() -> None:
    torch.set_num_threads(2)
    dataset = find_dataset("fashion-mnist")(Path(__file__).parents[3] / "data")
    try:
        test = dataset.load("test")
    except UserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    network = Classifier(1, dataset.classes)
    network.load_state_dict(load_file(SHIPPED / "fashion-mnist.safetensors"))
    assert accuracy(network, test) >= 0.92
