from __future__ import annotations

import pytest
import torch
from support.halves import halves

from benchmark.metrics.extractors.classifier import Classifier
from benchmark.metrics.extractors.layers import LayeredClassifier
from benchmark.metrics.extractors.trained import SmallClassifier
from benchmark.metrics.extractors.training import accuracy, train_classifier

NETWORKS = [Classifier, LayeredClassifier]


def silent(line: str) -> None:
    pass


@pytest.mark.parametrize("network", NETWORKS)
def test_a_trained_classifier_separates_classes_that_it_has_not_seen_the_images_of(network: type[SmallClassifier]) -> None:
    # Batch normalisation's running averages need some thirty steps before the network is of use outside training.
    trained = train_classifier(lambda: network(1, 2), halves(512, seed=0), epochs=8, report=silent)
    assert not trained.training
    assert accuracy(trained, halves(300, seed=1)) > 0.97


def test_accuracy_is_the_share_of_right_classes() -> None:
    network, split = Classifier(1, 2), halves(40, seed=0)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([0.0, 1.0]))  # says class 1 to everything
    assert accuracy(network, split) == pytest.approx(split.labels.mean())


def weights_after_training(seed: int) -> dict[str, torch.Tensor]:
    return train_classifier(
        lambda: LayeredClassifier(1, 2), halves(256, seed=0), seed=seed, epochs=1, report=silent
    ).state_dict()


def test_the_same_seed_gives_the_same_weights_whatever_the_global_random_state() -> None:
    first = weights_after_training(seed=3)
    torch.manual_seed(12345)
    state = torch.get_rng_state()
    second = weights_after_training(seed=3)
    assert torch.equal(torch.get_rng_state(), state)  # nor does training move that
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_seed_gives_other_weights() -> None:
    first, second = weights_after_training(seed=3), weights_after_training(seed=4)
    assert not torch.equal(first["head.weight"], second["head.weight"])


def test_training_reports_each_epoch() -> None:
    lines: list[str] = []
    train_classifier(lambda: Classifier(1, 2), halves(128, seed=0), epochs=2, report=lines.append)
    assert [line.partition(":")[0] for line in lines] == ["epoch 1 of 2", "epoch 2 of 2"]
